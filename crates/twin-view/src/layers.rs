//! Layers of the map that can be switched on and off.

use std::collections::BTreeSet;

use bevy::prelude::*;
use twin::{Twin, utility::Medium};
use twin_present::supply::{NETWORKS, n_lines, n_nodes};

use crate::session::Session;

/// What can be switched; on an entity, the layer that it belongs to.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MapLayer {
    /// Buildings.
    Buildings,
    /// Trees and signals.
    Trees,
    /// Bands as wide as the traffic.
    Volume,
    /// Lines and nodes of a supply network.
    Supply(Medium),
}

impl MapLayer {
    /// The name of its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Buildings => "layer-buildings",
            Self::Trees => "layer-trees",
            Self::Volume => "layer-volume",
            Self::Supply(Medium::Water) => "network-water",
            Self::Supply(Medium::Gas) => "network-gas",
            Self::Supply(Medium::Heat) => "network-heat",
            Self::Supply(Medium::Sewer) => "network-sewer",
            Self::Supply(Medium::Power) => "network-power",
            Self::Supply(Medium::Telecom) => "network-telecom",
            Self::Supply(Medium::Other) => "network-other",
        }
    }

    /// The layer of a name in arguments: `water`, `trees`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "buildings" => Some(Self::Buildings),
            "trees" => Some(Self::Trees),
            "volume" => Some(Self::Volume),
            name => Medium::from_name(name).map(Self::Supply),
        }
    }
}

/// The layers that are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layers(BTreeSet<MapLayer>);

impl Default for Layers {
    fn default() -> Self {
        Self([MapLayer::Buildings, MapLayer::Trees, MapLayer::Volume].into())
    }
}

impl Layers {
    /// The layers that a twin has something in, in the order in which they are offered.
    pub fn of(twin: &Twin) -> Vec<MapLayer> {
        let filled = |medium: Medium| {
            n_lines(twin, medium) + n_nodes(twin, medium) > 0
                || twin.assets.rows().iter().any(|asset| asset.medium == medium)
        };
        let others = [Medium::Telecom, Medium::Other];
        let supply = NETWORKS.into_iter().chain(others).filter(|&medium| filled(medium)).map(MapLayer::Supply);
        supply.chain([MapLayer::Volume, MapLayer::Buildings, MapLayer::Trees]).collect()
    }

    /// Adds and takes away layers by name: `water,power,-trees`.
    ///
    /// # Errors
    /// A sentence that names what there is, for a name that is none.
    pub fn with(mut self, names: &str) -> Result<Self, String> {
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let (plain, off) = name.strip_prefix('-').map_or((name, false), |plain| (plain, true));
            let layer = MapLayer::from_name(plain).ok_or_else(|| {
                let known: Vec<&str> = Medium::ALL.iter().map(|medium| medium.name()).collect();
                format!("there is no layer \"{plain}\"; there are {}, volume, buildings, trees", known.join(", "))
            })?;
            self.set(layer, !off);
        }
        Ok(self)
    }

    /// Switches a layer.
    pub fn set(&mut self, layer: MapLayer, on: bool) {
        if on {
            self.0.insert(layer);
        } else {
            self.0.remove(&layer);
        }
    }

    /// Whether a layer is shown.
    #[must_use]
    pub fn shows(&self, layer: MapLayer) -> bool {
        self.0.contains(&layer)
    }

    /// The supply networks that are shown.
    pub fn networks(&self) -> impl Iterator<Item = Medium> + '_ {
        self.0.iter().filter_map(|layer| match layer {
            MapLayer::Supply(medium) => Some(*medium),
            _ => None,
        })
    }
}

/// Hides what belongs to layers that are off.
pub struct LayersPlugin;

impl Plugin for LayersPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(PostUpdate, switch.before(bevy::camera::visibility::VisibilitySystems::VisibilityPropagate));
    }
}

fn switch(
    session: Res<Session>,
    mut known: Local<Option<Layers>>,
    mut entities: Query<(&MapLayer, &mut Visibility)>,
    added: Query<(), Added<MapLayer>>,
) {
    if known.as_ref() == Some(&session.layers) && added.is_empty() {
        return;
    }
    for (layer, mut visibility) in &mut entities {
        *visibility = if session.layers.shows(*layer) { Visibility::Inherited } else { Visibility::Hidden };
    }
    *known = Some(session.layers.clone());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_added_and_taken_away_by_name() {
        let layers = Layers::default().with("water, power,-trees").expect("these are layers");
        assert_eq!(layers.networks().collect::<Vec<_>>(), vec![Medium::Water, Medium::Power]);
        assert!(layers.shows(MapLayer::Buildings) && !layers.shows(MapLayer::Trees));
        let wrong = Layers::default().with("water,pipes").expect_err("this is none");
        assert!(wrong.contains("pipes") && wrong.contains("sewer"), "{wrong}");
    }
}
