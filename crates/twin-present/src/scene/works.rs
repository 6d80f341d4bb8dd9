//! Work sites: what a closure looks like on the street.

use twin::{
    Twin,
    outcome::ClosedSection,
    road::Structure,
    scenario::{ClosureKind, Side},
};

use super::{
    Ground, MeshData, Prop, PropKind, color,
    mesh::{Brush, left, unit},
    props::prop,
    ribbon,
    street::{LIFT_MARKING_M, deck, half_width_m, node_lifts},
};

/// A closed part of a section, as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorkSite {
    /// Where.
    pub section: ClosedSection,
    /// What is closed.
    pub kind: ClosureKind,
    /// On which side, seen along the closure; the right where not told.
    pub side: Option<Side>,
}

/// Work sites as triangles and barriers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkSites {
    /// Hatched ground and red-and-white fences.
    pub mesh: MeshData,
    /// Barriers at the ends.
    pub props: Vec<Prop>,
    /// Middle of each site in the view frame, a few metres above the ground: where a label points; nothing for a site without length.
    pub labels: Vec<Option<[f32; 3]>>,
}

/// Draws work sites.
#[must_use]
pub fn work_sites(twin: &Twin, ground: &Ground, sites: &[WorkSite]) -> WorkSites {
    let mut works = WorkSites::default();
    let lifts = node_lifts(twin);
    for site in sites {
        let label = draw(twin, ground, site, &lifts, &mut works);
        works.labels.push(label);
    }
    works
}

/// Draws a work site and returns where its label points.
fn draw(twin: &Twin, ground: &Ground, site: &WorkSite, lifts: &[f64], works: &mut WorkSites) -> Option<[f32; 3]> {
    let section = &site.section;
    let link = twin.roads.link(section.link);
    let axis = ribbon::clean(&link.geometry.0);
    if axis.len() < 2 {
        return None;
    }
    // Stations are metres on the ellipsoid; the drawn axis is metres on the map.
    let scale = ribbon::line_length(&axis) / link.length_m.max(1e-6);
    let line = ribbon::part(&axis, section.from_m.min(section.to_m) * scale, section.from_m.max(section.to_m) * scale);
    if line.len() < 2 {
        return None;
    }
    let on_bridge = (link.structure == Structure::Bridge).then(|| {
        let (from, to) = twin.roads.ends(section.link);
        deck(ground, link, &axis, [lifts[from.index()], lifts[to.index()]])
    });
    let height = |at: twin::geo_types::Coord<f64>| match &on_bridge {
        Some((points, heights)) => {
            let nearest = points
                .iter()
                .enumerate()
                .min_by(|a, b| super::mesh::length(*a.1 - at).total_cmp(&super::mesh::length(*b.1 - at)))
                .map_or(0, |(index, _)| index);
            heights[nearest]
        }
        None => ground.height_m(at) + LIFT_MARKING_M,
    };
    let half = half_width_m(link);
    let on_right = (site.side != Some(Side::Left)) == section.along;
    let (right_m, left_m) = match site.kind {
        ClosureKind::Full => (half, half),
        _ if on_right => (half, -0.2),
        _ => (-0.2, half),
    };
    let (dense, _) = ribbon::dense(&line, 2.0);
    let (right, left_side) = (ribbon::offset(&dense, -right_m), ribbon::offset(&dense, left_m));
    for step in 1..dense.len() {
        let view = |at, lift: f64| ground.view_from_local(at, height(at) + lift);
        let stripe = if step % 2 == 0 { color::WORKS_RED } else { color::WORKS_WHITE };
        let pit = if step % 2 == 0 { [226, 150, 60] } else { [240, 190, 110] };
        let quad = [right[step - 1], right[step], left_side[step], left_side[step - 1]];
        works.mesh.fan(&quad.map(|c| view(c, 0.12)), [0.0, 1.0, 0.0], Brush { color: pit, feature: 0 });
        let Some(along) = unit(dense[step] - dense[step - 1]) else { continue };
        let out = left(along);
        for (a, b, sign) in [(right[step - 1], right[step], -1.0), (left_side[step - 1], left_side[step], 1.0)] {
            let fence = [view(a, 0.5), view(b, 0.5), view(b, 1.25), view(a, 1.25)];
            works.mesh.fan(&fence, [out.x * sign, 0.0, -out.y * sign], Brush { color: stripe, feature: 0 });
        }
    }
    for (at, next) in [(0, 1), (dense.len() - 1, dense.len() - 2)] {
        let Some(into) = unit(dense[next] - dense[at]) else { continue };
        let middle = (right[at] + left_side[at]) / 2.0;
        let width = super::mesh::length(left_side[at] - right[at]);
        let mut barrier =
            prop(PropKind::Barrier, ground, middle, (-into.x).atan2(into.y), (width / 2.2).clamp(0.8, 4.0));
        barrier.position[1] = (height(middle) - ground.origin_height_m) as f32;
        works.props.push(barrier);
    }
    let middle = dense[dense.len() / 2];
    Some(ground.view_from_local(middle, height(middle) + 4.0).map(|value| value as f32))
}
