//! product_view
