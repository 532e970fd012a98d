"""Whole journeys in the words of the business."""
