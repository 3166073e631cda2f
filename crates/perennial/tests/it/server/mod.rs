//! The real binary as a server, under load and under all the trouble that can be made for it.
#![expect(
    clippy::print_stdout,
    reason = "seeds and figures are for whoever runs it"
)]

mod backup;
mod clock;
mod failing;
mod kill;
mod law;
mod load;
mod malformed;
mod poison;
mod site;
mod stop;
