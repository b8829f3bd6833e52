"""What dialogs decided, carried out inside the transaction of the batch: `carry_out` has a line per kind of effect."""
