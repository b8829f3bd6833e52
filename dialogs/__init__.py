"""The dialog engine: an event and a world come in, a turn comes out. Pure. `engine.step` is the only entrance."""
