//! The analyses, held against references written independently and against laws that they must keep.

mod activity;
mod attribution;
mod by;
mod calendar;
mod crowd;
<<<<<<< HEAD
mod dfg;
mod log;
mod paths;
=======
mod funnel;
mod funnel_laws;
>>>>>>> 0ca919a66ea7fc7aae0900c50f43062d724290c0
mod retention;
mod sequence;
mod sessions;
mod summary;
