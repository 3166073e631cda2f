//! The tests of the binary and of the repository around it: one test binary, a module for each concern.

mod answers;
mod bad_input;
mod pages;
<<<<<<< HEAD
mod serving;
=======
mod server;
>>>>>>> a21ef543003286ba1dcbda3a88dad00e7f417ecf
mod shop;
mod tidy;
mod tree;
