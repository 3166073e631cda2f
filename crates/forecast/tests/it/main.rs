//! What the models say, against what was published and what was worked out with 60 digits.

mod apparel;
mod cdnow;
mod coherence;
mod coverage;
mod days;
mod digits;
mod extremes;
mod grocery;
mod judge;
mod logs;
mod offers;
mod periods;
mod population;
mod published;
mod scores;
mod stack;
mod stages;
mod table;
mod trees;
mod uplift;
mod world;
