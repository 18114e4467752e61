"""The closed-form colour map of one shot: the floor that every network must beat."""
