"""What one text tells: phones and whose they are, names of people, resources that are off. Pure."""
