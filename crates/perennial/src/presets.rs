//! The ready lifecycles that `init` begins a project with, built into the binary.

/// A ready lifecycle.
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// The project file.
    pub project: &'static str,
    /// The scenario that walks customers through it.
    pub scenario: &'static str,
}

macro_rules! presets {
    ($($name:literal),* $(,)?) => {
        /// All of them, the default first.
        pub const PRESETS: &[Preset] = &[$(Preset {
            name: $name,
            project: include_str!(concat!("../../../presets/", $name, ".yaml")),
            scenario: include_str!(concat!("../../../scenarios/presets/", $name, ".txt")),
        }),*];
    };
}

presets!(
    "retail",
    "buying",
    "commerce",
    "contract",
    "emetrics",
    "experience",
    "brand",
    "ownership",
    "personalization",
    "activity-cycle",
    "b2b",
    "subscription",
    "activity-flow",
    "rfm",
);

impl Preset {
    /// What it is, from the first line of its file.
    pub fn title(&self) -> &'static str {
        self.project
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches(['#', ' '])
    }
}
