"""The process itself: its event loop, the clock that calls the sweeps, and a computer clock that jumps."""
