"""What the rules of the house would catch today: a list that is only ever made shorter."""

NOT_YET: dict[str, set[str]] = {}
