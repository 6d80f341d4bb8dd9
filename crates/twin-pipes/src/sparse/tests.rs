//! The factorization against a dense solver.

use proptest::prelude::*;

use super::{Factor, Symbolic};

/// Graph Laplacian with conductances, plus a weight to ground per node: dense.
fn dense(n: usize, edges: &[(u32, u32)], conductance: &[f64], ground: &[f64]) -> Vec<Vec<f64>> {
    let mut matrix = vec![vec![0.0; n]; n];
    for (row, &value) in ground.iter().enumerate() {
        matrix[row][row] = value;
    }
    for (&(a, b), &g) in edges.iter().zip(conductance) {
        let (a, b) = (a as usize, b as usize);
        if a != b {
            matrix[a][a] += g;
            matrix[b][b] += g;
            matrix[a][b] -= g;
            matrix[b][a] -= g;
        }
    }
    matrix
}

fn fill_in(factor: &mut Factor, symbolic: &Symbolic, edges: &[(u32, u32)], conductance: &[f64], ground: &[f64]) {
    factor.values_mut().fill(0.0);
    for (node, &value) in ground.iter().enumerate() {
        factor.values_mut()[symbolic.diagonal(node)] += value;
    }
    for (edge, (&(a, b), &g)) in edges.iter().zip(conductance).enumerate() {
        if a != b {
            factor.values_mut()[symbolic.diagonal(a as usize)] += g;
            factor.values_mut()[symbolic.diagonal(b as usize)] += g;
        }
        factor.values_mut()[symbolic.off_diagonal(edge)] -= g;
    }
}

/// Gauss elimination with pivoting.
fn solve_dense(mut matrix: Vec<Vec<f64>>, mut rhs: Vec<f64>) -> Vec<f64> {
    let n = rhs.len();
    for column in 0..n {
        let pivot = (column..n).max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs())).unwrap();
        matrix.swap(column, pivot);
        rhs.swap(column, pivot);
        for row in column + 1..n {
            let factor = matrix[row][column] / matrix[column][column];
            let above = matrix[column].clone();
            for (value, above) in matrix[row][column..].iter_mut().zip(&above[column..]) {
                *value -= factor * above;
            }
            rhs[row] -= factor * rhs[column];
        }
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|k| matrix[row][k] * rhs[k]).sum();
        rhs[row] = (rhs[row] - known) / matrix[row][row];
    }
    rhs
}

#[test]
fn nothing_is_solved_by_nothing() {
    let symbolic = Symbolic::new(0, &[]);
    let mut factor = Factor::new(&symbolic);
    assert_eq!(factor.factorize(&symbolic), Ok(()));
    factor.solve(&symbolic, &mut []);
}

#[test]
fn isolated_nodes_and_self_loops() {
    let edges = [(1, 1)];
    let symbolic = Symbolic::new(3, &edges);
    let mut factor = Factor::new(&symbolic);
    fill_in(&mut factor, &symbolic, &edges, &[7.0], &[2.0, 4.0, 8.0]);
    assert_eq!(factor.factorize(&symbolic), Ok(()));
    let mut x = [2.0, 2.0, 2.0];
    factor.solve(&symbolic, &mut x);
    assert_eq!(x, [1.0, 0.5, 0.25]);
}

#[test]
fn a_part_without_ground_names_a_node_of_it() {
    let edges = [(0, 1), (2, 3)];
    let symbolic = Symbolic::new(4, &edges);
    let mut factor = Factor::new(&symbolic);
    fill_in(&mut factor, &symbolic, &edges, &[1.0, 3.0], &[1.0, 0.0, 0.0, 0.0]);
    let failed = factor.factorize(&symbolic).unwrap_err();
    assert!(failed == 2 || failed == 3, "{failed}");
    // The factor can be filled and used again.
    fill_in(&mut factor, &symbolic, &edges, &[1.0, 3.0], &[1.0, 0.0, 0.0, 1.0]);
    assert_eq!(factor.factorize(&symbolic), Ok(()));
    fill_in(&mut factor, &symbolic, &edges, &[1.0, f64::NAN], &[1.0, 0.0, 0.0, 1.0]);
    assert!(factor.factorize(&symbolic).is_err());
}

/// Two nodes joined by 1e8 hang on the ground by 1e-12: twenty digits apart, and no digit of the answer is lost.
#[test]
fn what_hangs_on_next_to_nothing_is_exact() {
    let edges = [(0, 1), (1, 2)];
    let symbolic = Symbolic::new(3, &edges);
    let mut factor = Factor::new(&symbolic);
    fill_in(&mut factor, &symbolic, &edges, &[1e8, 1e8], &[0.0; 3]);
    let grounds = [0.0, 0.0, 1e-12];
    let ordered: Vec<f64> = symbolic.original().iter().map(|&node| grounds[node as usize]).collect();
    let mut rhs = vec![1e-12; 3];
    let loose = factor.factorize_grounded(&symbolic, &ordered, &mut rhs).unwrap();
    assert!(loose.is_some());
    assert!(rhs.iter().all(|head| (head - 3.0).abs() < 1e-12), "{rhs:?}");
    assert!(factor.factorize_grounded(&symbolic, &[0.0; 3], &mut [1.0; 3]).is_err());
}

#[test]
fn trees_have_no_fill() {
    let edges: Vec<(u32, u32)> = (1..5000_u32).map(|node| ((node * 7919) % node, node)).collect();
    assert_eq!(Symbolic::new(5000, &edges).fill(), 4999);
}

#[test]
fn grids_have_little_fill() {
    // 60 × 60 nodes: the natural order would fill 60 entries per column.
    let side = 60_u32;
    let mut edges = Vec::new();
    for row in 0..side {
        for column in 0..side {
            let node = row * side + column;
            if column + 1 < side {
                edges.push((node, node + 1));
            }
            if row + 1 < side {
                edges.push((node, node + side));
            }
        }
    }
    let fill = Symbolic::new(3600, &edges).fill();
    assert!(fill < 60_000, "{fill}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn solves_like_gauss(
        n in 1_usize..40,
        ends in prop::collection::vec((0_u32..1000, 0_u32..1000), 0..90),
        numbers in prop::collection::vec(0.1_f64..10.0, 200),
        zero in 0_usize..90,
    ) {
        let edges: Vec<(u32, u32)> = ends.iter().map(|&(a, b)| (a % n as u32, b % n as u32)).collect();
        let mut conductance: Vec<f64> = numbers[..edges.len()].to_vec();
        if let Some(closed) = conductance.get_mut(zero) {
            *closed = 0.0;
        }
        let ground = &numbers[100..100 + n];
        let rhs: Vec<f64> = numbers[150..150 + n].iter().map(|value| value - 5.0).collect();

        let symbolic = Symbolic::new(n, &edges);
        let mut factor = Factor::new(&symbolic);
        let mut x = Vec::new();
        for _ in 0..2 {
            fill_in(&mut factor, &symbolic, &edges, &conductance, ground);
            prop_assert_eq!(factor.factorize(&symbolic), Ok(()));
            x.clone_from(&rhs);
            factor.solve(&symbolic, &mut x);
        }
        let mut at_once = rhs.clone();
        prop_assert_eq!(factor.factorize_and_solve(&symbolic, &mut at_once), Ok(()));
        for (a, b) in at_once.iter().zip(&x) {
            prop_assert!((a - b).abs() <= 1e-12 * (1.0 + b.abs()), "{} {}", a, b);
        }
        let expected = solve_dense(dense(n, &edges, &conductance, ground), rhs.clone());
        let mut ordered: Vec<f64> = symbolic.original().iter().map(|&node| rhs[node as usize]).collect();
        let grounds: Vec<f64> = symbolic.original().iter().map(|&node| ground[node as usize]).collect();
        prop_assert_eq!(factor.factorize_grounded(&symbolic, &grounds, &mut ordered), Ok(None));
        for (&node, &value) in symbolic.original().iter().zip(&ordered) {
            let due = expected[node as usize];
            prop_assert!((value - due).abs() <= 1e-10 * (1.0 + due.abs()), "{} {}", value, due);
        }
        for (a, b) in x.iter().zip(&expected) {
            prop_assert!((a - b).abs() <= 1e-10 * (1.0 + b.abs()), "{} {}", a, b);
        }
    }
}
