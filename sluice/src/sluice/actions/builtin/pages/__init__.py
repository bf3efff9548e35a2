"""Actions for GitHub Pages: what a site is called, its artifact, its deployment."""
