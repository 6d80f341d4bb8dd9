//! Layers to switch, and the legend of the networks.

use bevy_egui::egui::{self, Ui};

use super::Desk;
use crate::{
    caption,
    layers::{Layers, MapLayer},
};

pub(super) fn draw(ui: &mut Ui, desk: &mut Desk<'_>) {
    egui::CollapsingHeader::new(egui::RichText::new(desk.word("view-layers")).heading()).default_open(true).show(
        ui,
        |ui| {
            ui.horizontal_wrapped(|ui| {
                for layer in Layers::of(&desk.town.twin) {
                    let mut on = desk.session.layers.shows(layer);
                    let name = desk.word(layer.word());
                    if let MapLayer::Supply(medium) = layer {
                        caption::line_swatch(ui, medium);
                    }
                    if ui.checkbox(&mut on, name).changed() {
                        desk.session.layers.set(layer, on);
                        desk.session.redraw = true;
                        // What is hidden cannot stay selected.
                        let hidden = |part: twin_present::supply::SupplyPart| {
                            layer == MapLayer::Supply(part.medium(&desk.town.twin)) && !on
                        };
                        if desk.session.part.is_some_and(hidden) {
                            desk.session.part = None;
                            desk.session.repaint = true;
                        }
                    }
                }
            });
            if desk.session.layers.networks().next().is_some() {
                let text = desk.word("view-lines-by-state");
                if ui.checkbox(&mut desk.session.states, text).changed() {
                    desk.session.repaint = true;
                }
                ui.weak(egui::RichText::new(desk.word("view-depth-hint")).size(11.5));
            }
            let text = desk.word("view-consequences");
            if ui.checkbox(&mut desk.session.consequences, text).changed() {
                desk.session.repaint = true;
            }
            let mut swiping = desk.session.swipe.is_some();
            let text = desk.word("view-swipe");
            if ui.checkbox(&mut swiping, text).changed() {
                desk.session.swipe = swiping.then_some(0.5);
                desk.session.repaint = true;
            }
        },
    );
}
