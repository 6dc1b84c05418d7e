"""Choosing among computed features: arrays in, arrays out."""
