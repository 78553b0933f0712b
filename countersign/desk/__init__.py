"""What staff do at the desk, from a terminal: start the batches, look into cases, settle what is held, check the house."""
