//! Publishing: a definition JSON is checked and compiled into `product::CompiledProduct`.
