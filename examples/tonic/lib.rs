//! The generated code of the service.
