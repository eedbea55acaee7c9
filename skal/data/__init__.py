"""Data sets, pools of files, and what images need before a net learns from them."""

from skal.data._dataset_rows import DatasetRows
from skal.data._folder import load_image_folder
from skal.data._folder_pool import ImageFolderPool
from skal.data._idx import load_fashion_mnist, load_mnist
from skal.data._keys import digests_of, keys_of
from skal.data._pool import Pool
from skal.data._standardize import ImageStandardizer

__all__ = [
    "DatasetRows",
    "ImageFolderPool",
    "ImageStandardizer",
    "Pool",
    "digests_of",
    "keys_of",
    "load_fashion_mnist",
    "load_image_folder",
    "load_mnist",
]
