//! Paths: what customers did one after another, as edges between items and as whole paths.

use crate::edges::{Counted, Edges};
use crate::items::{ELIDED, END, Names, Routes, START};
use crate::spread::Spread;
use crate::trail::{Analysis, Trail, Words};

pub use crate::items::Items;

/// The question: which paths customers take.
///
/// A customer's items in order are one path, or several where more than `gap_ms` passes between two of
/// them. Runs of one item are merged, then the path is cut by `start` and `end`, then to `max_steps`.
#[derive(Clone, Debug)]
pub struct Paths {
    /// Where items are read.
    pub items: Items,
    /// Only touches that meet this condition are items; the others are not there at all.
    pub only: Option<u16>,
    /// Touches from the first one that meets this condition on are left out, and with them customers
    /// who have none; such as paths *to* the first order.
    pub until: Option<u16>,
    /// Longest pause within a path, in milliseconds, itself included; `None` = one path a customer.
    pub gap_ms: Option<i64>,
    /// Whether items that repeat the one before are left out.
    pub merge_repeats: bool,
    /// Which touch of a merged run gives its time.
    pub run: Run,
    /// Paths begin at the first such item; those without it are left out.
    pub start: Option<String>,
    /// Paths end at the last such item (after `start`); those without it are left out.
    pub end: Option<String>,
    /// Whether `/a/` is the same item as `/a`.
    pub trim_slash: bool,
    /// Most items of a path.
    pub max_steps: Option<usize>,
    /// Which items of a longer path stay.
    pub keep: Keep,
    /// Whether edges are told apart by where in the path they are.
    pub positions: bool,
    /// Whether the time that edges take is kept: 8 bytes for each step of everybody.
    pub times: bool,
    /// Names of items before the first and after the last one of each path; `None` = no such items.
    pub ends: Option<(String, String)>,
    /// Most edges in the answer, the most frequent ones; `None` = all.
    pub top_edges: Option<usize>,
    /// Most whole paths in the answer, the most frequent ones; 0 = they are not counted.
    pub top_paths: usize,
}

impl Default for Paths {
    /// Event names over the whole history, runs merged, by position, with times, no whole paths.
    fn default() -> Self {
        Self {
            items: Items::Events,
            only: None,
            until: None,
            gap_ms: None,
            merge_repeats: true,
            run: Run::First,
            start: None,
            end: None,
            trim_slash: false,
            max_steps: None,
            keep: Keep::Usual,
            positions: true,
            times: true,
            ends: None,
            top_edges: None,
            top_paths: 0,
        }
    }
}

/// Which touch of a run of one item gives the time at which the item was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Run {
    /// The first: an edge's time is how long the customer stayed with the source.
    #[default]
    First,
    /// The last, as PostHog has it.
    Last,
}

/// Which items of a path with too many of them stay. Positions count from 1 in what stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// As PostHog has it: the last ones where only an end is given, both ends where a start and an end
    /// are, else the first ones.
    #[default]
    Usual,
    /// The first ones.
    First,
    /// The last ones.
    Last,
    /// Half of them at either end, with an item `...` between.
    Ends,
}

impl Keep {
    /// What is meant where a start or an end is given.
    fn with(self, start: bool, end: bool) -> Self {
        match (self, start, end) {
            (Self::Usual, true, true) => Self::Ends,
            (Self::Usual, false, true) => Self::Last,
            (Self::Usual, _, false) => Self::First,
            (keep, ..) => keep,
        }
    }
}

/// From one item to the next.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// The item left.
    pub source: String,
    /// The item reached.
    pub target: String,
    /// The source's place in its path, from 1; 0 for an explicit start, or where positions are not told apart.
    pub position: u32,
    /// How often.
    pub count: u64,
    /// By how many different customers.
    pub customers: u64,
    /// How long it took; `None` to and from explicit ends, or where times are not kept.
    pub took: Option<Spread>,
}

/// A path from end to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholePath {
    /// Its items.
    pub items: Vec<String>,
    /// How often it was taken.
    pub count: u64,
    /// By how many different customers.
    pub customers: u64,
}

/// What an answer that was cut leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// How many rows.
    pub rows: u64,
    /// The sum of their counts.
    pub count: u64,
}

/// Which paths customers take.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathsAnswer {
    /// Edges by count, falling, then position and texts.
    pub edges: Vec<Edge>,
    /// The edges not shown.
    pub other_edges: Others,
    /// Whole paths by count, falling, then by their items' texts joined with `>`.
    pub paths: Vec<WholePath>,
    /// The whole paths not shown.
    pub other_paths: Others,
    /// Customers with at least one path.
    pub customers: u64,
    /// How many paths there are.
    pub path_count: u64,
}

/// What is counted of paths so far.
#[derive(Clone, Debug)]
pub struct Tally {
    names: Names,
    only: Option<Vec<bool>>,
    until: Option<Vec<bool>>,
    start: Anchor,
    end: Anchor,
    /// The path being walked: items and when each was reached.
    path: Vec<(u32, i64)>,
    whole: Vec<u32>,
    pub(crate) edges: Edges,
    pub(crate) routes: Routes,
    customers: u64,
    path_count: u64,
}

/// An item that a path must have.
#[derive(Clone, Copy, Debug)]
enum Anchor {
    None,
    Item(u32),
    /// One is asked for that nobody ever had.
    Unknown,
}

impl Paths {
    fn anchor(&self, name: Option<&String>, names: &Names, words: &Words) -> Anchor {
        match name {
            None => Anchor::None,
            Some(name) => names
                .find(self.items, name, words)
                .map_or(Anchor::Unknown, Anchor::Item),
        }
    }

    /// Cuts the path that was walked, counts it, and begins the next.
    fn close(&self, tally: &mut Tally, customer: u32) -> bool {
        let cut = self.cut(tally);
        if cut {
            self.record(tally, customer);
        }
        tally.path.clear();
        cut
    }

    /// Cuts the path to what the question asks for; false where nothing is left of it.
    fn cut(&self, tally: &mut Tally) -> bool {
        let path = &mut tally.path;
        let begin = match tally.start {
            Anchor::None => Some(0),
            Anchor::Item(item) => path.iter().position(|step| step.0 == item),
            Anchor::Unknown => None,
        };
        let Some(begin) = begin else { return false };
        path.drain(..begin);
        let end = match tally.end {
            Anchor::None => Some(path.len()),
            Anchor::Item(item) => path
                .iter()
                .rposition(|step| step.0 == item)
                .map(|at| at + 1),
            Anchor::Unknown => None,
        };
        let Some(end) = end else { return false };
        path.truncate(end);
        if let Some(most) = self.max_steps
            && path.len() > most
        {
            match self.keep.with(self.start.is_some(), self.end.is_some()) {
                Keep::Last => drop(path.drain(..path.len() - most)),
                Keep::First | Keep::Usual => path.truncate(most),
                Keep::Ends => {
                    let half = most / 2;
                    path[half].0 = ELIDED;
                    path.drain(half + 1..path.len() - half);
                }
            }
        }
        !path.is_empty()
    }

    fn record(&self, tally: &mut Tally, customer: u32) {
        let place = |index: usize| if self.positions { index as u32 } else { 0 };
        let (Some(first), Some(last)) = (tally.path.first(), tally.path.last()) else {
            return;
        };
        if self.ends.is_some() {
            tally.edges.add((0, START, first.0), customer, None);
            let step = (place(tally.path.len()), last.0, END);
            tally.edges.add(step, customer, None);
        }
        for (index, pair) in tally.path.windows(2).enumerate() {
            let step = (place(index + 1), pair[0].0, pair[1].0);
            let took_ms = self.times.then(|| pair[1].1 - pair[0].1);
            tally.edges.add(step, customer, took_ms);
        }
        if self.top_paths > 0 {
            tally.whole.clear();
            tally.whole.extend(tally.path.iter().map(|step| step.0));
            tally.routes.add(&tally.whole, customer);
        }
        tally.path_count += 1;
    }

    fn push(&self, path: &mut Vec<(u32, i64)>, item: u32, at_ms: i64) {
        if self.merge_repeats
            && let Some(last) = path.last_mut()
            && last.0 == item
        {
            if self.run == Run::Last {
                last.1 = at_ms;
            }
            return;
        }
        path.push((item, at_ms));
    }

    fn ends(&self) -> (&str, &str) {
        let ends = self.ends.as_ref();
        ends.map_or(("", ""), |(start, end)| (start, end))
    }
}

impl Analysis for Paths {
    type Tally = Tally;
    type Answer = PathsAnswer;

    fn begin(&self, words: &Words) -> Tally {
        let names = Names::new(self.items, self.trim_slash, words);
        Tally {
            only: self.only.map(|condition| words.marks.meeting(condition)),
            until: self.until.map(|condition| words.marks.meeting(condition)),
            start: self.anchor(self.start.as_ref(), &names, words),
            end: self.anchor(self.end.as_ref(), &names, words),
            names,
            path: Vec::new(),
            whole: Vec::new(),
            edges: Edges::default(),
            routes: Routes::default(),
            customers: 0,
            path_count: 0,
        }
    }

    fn count(&self, tally: &mut Tally, trail: &Trail<'_>) {
        let stop = match &tally.until {
            None => Some(trail.len()),
            Some(meets) => trail.mark.iter().position(|mark| meets[*mark as usize]),
        };
        let Some(stop) = stop else { return };
        let items = self.items.of(trail);
        let mut before_ms = None;
        let mut any = false;
        for at in 0..stop {
            if let Some(only) = &tally.only
                && !only[trail.mark[at] as usize]
            {
                continue;
            }
            let Some(item) = tally.names.number(items[at]) else {
                continue;
            };
            let at_ms = trail.at_ms[at];
            if let (Some(gap_ms), Some(before_ms)) = (self.gap_ms, before_ms)
                && at_ms - before_ms > gap_ms
            {
                any |= self.close(tally, trail.customer);
            }
            before_ms = Some(at_ms);
            self.push(&mut tally.path, item, at_ms);
        }
        any |= self.close(tally, trail.customer);
        tally.customers += u64::from(any);
    }

    fn merge(&self, tally: &mut Tally, other: Tally) {
        tally.edges.merge(other.edges);
        tally.routes.merge(other.routes);
        tally.customers += other.customers;
        tally.path_count += other.path_count;
    }

    fn answer(&self, tally: Tally, words: &Words) -> PathsAnswer {
        let name = |item: u32| tally.names.text(self.items, item, self.ends(), words);
        let edge = |counted: Counted| Edge {
            source: name(counted.step.1).to_owned(),
            target: name(counted.step.2).to_owned(),
            position: counted.step.0,
            count: counted.count,
            customers: counted.customers,
            took: counted.took,
        };
        let mut edges: Vec<Edge> = tally.edges.into_counted().map(edge).collect();
        edges.sort_by(|a, b| {
            let key = |edge: &Edge| (std::cmp::Reverse(edge.count), edge.position);
            let texts = || (&a.source, &a.target).cmp(&(&b.source, &b.target));
            key(a).cmp(&key(b)).then_with(texts)
        });
        let other_edges = cut(&mut edges, self.top_edges, |edge| edge.count);
        let whole = tally.routes.into_iter().map(|(items, route)| WholePath {
            items: items.iter().map(|item| name(*item).to_owned()).collect(),
            count: route.count,
            customers: route.customers,
        });
        let (paths, other_paths) = most_frequent(whole.collect(), Some(self.top_paths));
        PathsAnswer {
            edges,
            other_edges,
            paths,
            other_paths,
            customers: tally.customers,
            path_count: tally.path_count,
        }
    }
}

/// Orders whole paths by count, falling, then by text, and cuts them.
pub(crate) fn most_frequent(
    mut paths: Vec<WholePath>,
    most: Option<usize>,
) -> (Vec<WholePath>, Others) {
    paths.sort_by_cached_key(|path| (std::cmp::Reverse(path.count), path.items.join(">")));
    let others = cut(&mut paths, most, |path| path.count);
    (paths, others)
}

/// Cuts rows to the first ones, and says what went.
fn cut<T>(rows: &mut Vec<T>, most: Option<usize>, count: impl Fn(&T) -> u64) -> Others {
    let most = most.unwrap_or(rows.len()).min(rows.len());
    let others = Others {
        rows: (rows.len() - most) as u64,
        count: rows[most..].iter().map(count).sum(),
    };
    rows.truncate(most);
    others
}
