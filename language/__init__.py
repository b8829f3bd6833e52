"""Russian text, for everybody who must understand it: spelling, forms of words, similarity, a linear model. Pure."""
