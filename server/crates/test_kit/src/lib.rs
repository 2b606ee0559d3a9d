//! test_kit
