"""The report: one HTML file that shows what a build took in, what it kept, and why."""
