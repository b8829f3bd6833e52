"""Learning of the classifier from corrections by people, without personal data. Pure."""
