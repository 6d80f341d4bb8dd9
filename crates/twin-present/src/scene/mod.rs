//! The town as triangles: what a window or a picture draws.
