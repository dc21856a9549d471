"""What tests share: reference implementations, random programs, fakes. Nothing here is a test."""
