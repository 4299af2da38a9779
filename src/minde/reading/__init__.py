"""From what a user has (arrays, frames, tables) to variables with named columns."""
