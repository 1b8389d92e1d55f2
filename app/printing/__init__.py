"""Owns what goes home on paper: slips as PDF; knows neither screens nor printers."""
