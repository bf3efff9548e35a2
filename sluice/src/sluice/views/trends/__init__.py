"""Histories of measures as drawings. In: trends. Out: SVG, and a page of HTML with all of them. No store, no files."""
