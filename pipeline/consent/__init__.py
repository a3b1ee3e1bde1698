"""What sites and pages say of being kept and learnt from: asked by the crawler before, and by builds after."""
