//! The programme: which block becomes a school, a park, the town hall …

use std::collections::BTreeMap;

use geo_types::{Coord, coord};
use twin::{
    area::AreaKind,
    building::{BuildingUse, PlaceKind},
};

use crate::{
    dice::Dice,
    draft::{area_m2, hull, middle},
    plan::Plan,
    quarter::Quarter,
    site::distance_m,
};

/// Use of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum BlockUse {
    /// As its quarter.
    Built,
    /// One public building, and around it the quarter.
    Mixed(BuildingUse),
    /// One public building alone.
    Landmark(BuildingUse),
    /// A green of this kind.
    Green(AreaKind),
    /// Nothing.
    Field,
}

/// Uses of all blocks, and the places in them.
#[derive(Clone, Debug)]
pub(crate) struct Programme {
    pub(crate) uses: Vec<BlockUse>,
    /// Block and kind of place.
    pub(crate) places: Vec<(u32, PlaceKind)>,
}

/// Wishes for one kind of facility.
struct Wish<'a> {
    n: usize,
    usage: BlockUse,
    place: Option<PlaceKind>,
    quarters: &'a [Quarter],
    area_m2: (f64, f64),
}

struct Candidates<'a> {
    plan: &'a Plan,
    centers: Vec<Coord<f64>>,
    areas_m2: Vec<f64>,
    depths_m: Vec<f64>,
    by_quarter: BTreeMap<Quarter, Vec<u32>>,
    programme: Programme,
    dice: Dice,
}

/// Chooses the blocks.
pub(crate) fn programme(plan: &Plan, population: u32, seed: u64) -> Programme {
    let outlines: Vec<_> = plan.blocks.iter().map(|block| plan.draft.outline(block)).collect();
    let mut by_quarter: BTreeMap<Quarter, Vec<u32>> = BTreeMap::new();
    for (index, block) in plan.blocks.iter().enumerate() {
        by_quarter.entry(block.quarter).or_default().push(index as u32);
    }
    let uses = plan
        .blocks
        .iter()
        .zip(&outlines)
        .map(|(block, outline)| {
            let reachable = block.corners.iter().any(|corner| corner.side != crate::draft::Side::Open);
            if reachable && hull(outline).depth_m > 9.0 { BlockUse::Built } else { BlockUse::Field }
        })
        .collect();
    let mut candidates = Candidates {
        plan,
        centers: outlines.iter().map(|outline| middle(outline)).collect(),
        areas_m2: outlines.iter().map(|outline| area_m2(outline)).collect(),
        depths_m: outlines.iter().map(|outline| hull(outline).depth_m).collect(),
        by_quarter,
        programme: Programme { uses, places: Vec::new() },
        dice: Dice::new(seed, 3),
    };
    candidates.market();
    candidates.station();
    for wish in wishes(population) {
        candidates.grant(&wish);
    }
    candidates.programme
}

fn wishes(population: u32) -> Vec<Wish<'static>> {
    use Quarter::{Estate, Gruenderzeit, Houses, Industrial, NewHouses, OldTown, Rows, Village};
    const HOMES: &[Quarter] = &[Rows, Houses, Gruenderzeit, NewHouses, Village];
    const MIDDLE: &[Quarter] = &[Rows, Gruenderzeit, Houses, Village, Industrial];
    let per =
        |residents: u32, first: u32| if population < first { 0 } else { 1 + population as usize / residents as usize };
    let landmark = BlockUse::Landmark;
    vec![
        Wish {
            n: per(130_000, 15_000),
            usage: landmark(BuildingUse::Hospital),
            place: Some(PlaceKind::Hospital),
            quarters: &[Rows, Houses, Estate, Gruenderzeit],
            area_m2: (9_000.0, 60_000.0),
        },
        Wish {
            n: per(120_000, 60_000),
            usage: landmark(BuildingUse::University),
            place: None,
            quarters: &[Gruenderzeit, Rows],
            area_m2: (6_000.0, 60_000.0),
        },
        Wish {
            n: per(5_200, 800),
            usage: landmark(BuildingUse::School),
            place: Some(PlaceKind::School),
            quarters: HOMES,
            area_m2: (4_500.0, 26_000.0),
        },
        Wish {
            n: per(24_000, 500),
            usage: landmark(BuildingUse::FireStation),
            place: Some(PlaceKind::FireStation),
            quarters: MIDDLE,
            area_m2: (1_600.0, 14_000.0),
        },
        Wish {
            n: per(30_000, 4_000),
            usage: landmark(BuildingUse::FireStation),
            place: Some(PlaceKind::RescueStation),
            quarters: MIDDLE,
            area_m2: (1_600.0, 14_000.0),
        },
        Wish {
            n: per(60_000, 6_000),
            usage: landmark(BuildingUse::Public),
            place: Some(PlaceKind::Police),
            quarters: &[Gruenderzeit, Rows, Houses],
            area_m2: (1_200.0, 9_000.0),
        },
        Wish {
            n: per(3_400, 900),
            usage: landmark(BuildingUse::Retail),
            place: Some(PlaceKind::Supermarket),
            quarters: MIDDLE,
            area_m2: (3_000.0, 15_000.0),
        },
        Wish {
            n: per(1_900, 600),
            usage: landmark(BuildingUse::Kindergarten),
            place: Some(PlaceKind::Kindergarten),
            quarters: HOMES,
            area_m2: (1_300.0, 12_000.0),
        },
        Wish {
            n: per(6_500, 3_500),
            usage: landmark(BuildingUse::Church),
            place: None,
            quarters: HOMES,
            area_m2: (1_500.0, 12_000.0),
        },
        Wish {
            n: per(9_000, 3_000),
            usage: landmark(BuildingUse::Residential),
            place: Some(PlaceKind::CareHome),
            quarters: &[Rows, Houses, NewHouses],
            area_m2: (2_500.0, 14_000.0),
        },
        Wish {
            n: per(26_000, 500),
            usage: BlockUse::Green(AreaKind::Cemetery),
            place: None,
            quarters: &[Houses, Rows, Village, NewHouses],
            area_m2: (2_800.0, 40_000.0),
        },
        Wish {
            n: per(4_000, 1_500),
            usage: BlockUse::Green(AreaKind::Park),
            place: None,
            quarters: &[Gruenderzeit, Rows, Houses, Estate, Village],
            area_m2: (3_000.0, 60_000.0),
        },
        Wish {
            n: per(9_000, 500),
            usage: BlockUse::Green(AreaKind::Sports),
            place: None,
            quarters: &[Houses, NewHouses, Rows, Estate, Village],
            area_m2: (6_000.0, 60_000.0),
        },
        Wish {
            n: per(8_000, 2_500),
            usage: BlockUse::Green(AreaKind::Orchard),
            place: None,
            quarters: &[Houses, NewHouses, Industrial, Rows],
            area_m2: (4_000.0, 60_000.0),
        },
        Wish {
            n: per(30_000, 8_000),
            usage: BlockUse::Green(AreaKind::Paved),
            place: None,
            quarters: &[Gruenderzeit, OldTown],
            area_m2: (900.0, 5_000.0),
        },
    ]
}

impl Candidates<'_> {
    /// Town hall and church at the market.
    fn market(&mut self) {
        let center = self.market_center();
        let mut near: Vec<(f64, u32)> = self
            .centers
            .iter()
            .enumerate()
            .filter(|(i, _)| {
                self.areas_m2[*i] > 500.0 && self.depths_m[*i] > 32.0 && self.programme.uses[*i] == BlockUse::Built
            })
            .map(|(i, c)| (distance_m(*c, center), i as u32))
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        if let Some(&(_, block)) = near.first() {
            self.programme.uses[block as usize] = BlockUse::Mixed(BuildingUse::Public);
            self.programme.places.push((block, PlaceKind::TownHall));
        }
        let church = near.iter().skip(1).take(6).min_by(|a, b| {
            let off = |i: u32| (self.areas_m2[i as usize] - 2_200.0).abs();
            off(a.1).total_cmp(&off(b.1)).then(a.1.cmp(&b.1))
        });
        if let Some(&(_, block)) = church {
            self.programme.uses[block as usize] = BlockUse::Landmark(BuildingUse::Church);
        }
    }

    /// The station stands in the block nearest to where the railway passes the old town.
    fn station(&mut self) {
        let Some(y) = self.plan.rail_y else { return };
        let wanted = coord! { x: 0.35 * self.plan.core_m, y: y - 38.0 };
        let nearest = (0..self.centers.len() as u32)
            .filter(|&i| {
                self.programme.uses[i as usize] == BlockUse::Built
                    && self.depths_m[i as usize] > 32.0
                    && self.centers[i as usize].y < y
            })
            .min_by(|&a, &b| {
                let away = |i: u32| distance_m(self.centers[i as usize], wanted);
                away(a).total_cmp(&away(b)).then(a.cmp(&b))
            });
        if let Some(block) = nearest {
            self.programme.uses[block as usize] = BlockUse::Mixed(BuildingUse::Public);
            self.programme.places.push((block, PlaceKind::Station));
        }
    }

    fn market_center(&self) -> Coord<f64> {
        let n = self.plan.market.len().max(1) as f64;
        let sum = self.plan.market.iter().fold(coord! { x: 0.0, y: 0.0 }, |sum, &p| {
            let p = self.plan.draft.at(p);
            coord! { x: sum.x + p.x, y: sum.y + p.y }
        });
        coord! { x: sum.x / n, y: sum.y / n }
    }

    /// Blocks far from those of the same kind, out of a sample.
    fn grant(&mut self, wish: &Wish<'_>) {
        let pool: Vec<u32> = wish
            .quarters
            .iter()
            .flat_map(|quarter| self.by_quarter.get(quarter).map_or(&[][..], Vec::as_slice))
            .copied()
            .filter(|&block| {
                let (low, high) = wish.area_m2;
                let compact = matches!(wish.usage, BlockUse::Green(_)) || self.depths_m[block as usize] > 30.0;
                compact && (low..=high).contains(&self.areas_m2[block as usize])
            })
            .collect();
        let mut granted: Vec<Coord<f64>> = Vec::new();
        let mut pool: Vec<u32> =
            pool.into_iter().filter(|&block| self.programme.uses[block as usize] == BlockUse::Built).collect();
        for _ in 0..wish.n.min(pool.len()) {
            let mut best: Option<(f64, u32)> = None;
            for _ in 0..14 {
                let block = *self.dice.pick(&pool);
                let here = self.centers[block as usize];
                let away_m = granted.iter().map(|c| distance_m(*c, here)).fold(f64::MAX, f64::min);
                let score = if granted.is_empty() { -here.x.hypot(here.y) } else { away_m };
                if best.is_none_or(|(other, _)| score > other) {
                    best = Some((score, block));
                }
            }
            if let Some((_, block)) = best {
                granted.push(self.centers[block as usize]);
                self.programme.uses[block as usize] = wish.usage;
                if let Some(at) = pool.iter().position(|&other| other == block) {
                    pool.swap_remove(at);
                }
                if let Some(kind) = wish.place {
                    self.programme.places.push((block, kind));
                }
            }
        }
    }
}
