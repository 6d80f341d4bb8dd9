//! Orders of elimination: approximate minimum degree, and the postorder of the elimination tree.

use super::NONE;

/// Order of elimination with little fill: original index by position.
pub(super) fn minimum_degree(neighbors: &[Vec<u32>]) -> Vec<u32> {
    Quotient::new(neighbors).eliminate()
}

/// Positions of a forest with children before parents and subtrees together; small subtrees of a node come first.
pub(super) fn postorder(parent: &[u32]) -> Vec<u32> {
    let n = parent.len();
    let (mut first_child, mut sibling) = (vec![NONE; n], vec![NONE; n]);
    let mut roots = Vec::new();
    for node in (0..n).rev() {
        match parent[node] {
            NONE => roots.push(node as u32),
            above => sibling[node] = std::mem::replace(&mut first_child[above as usize], node as u32),
        }
    }
    let mut order = Vec::with_capacity(n);
    let mut stack = Vec::new();
    for root in roots.into_iter().rev() {
        stack.push(root);
        while let Some(&node) = stack.last() {
            let child = first_child[node as usize];
            if child == NONE {
                order.push(node);
                stack.pop();
            } else {
                first_child[node as usize] = sibling[child as usize];
                stack.push(child);
            }
        }
    }
    order
}

/// The quotient graph: live variables, and elements (cliques left by eliminated variables).
struct Quotient {
    variables: Vec<Vec<u32>>,
    elements: Vec<Vec<u32>>,
    /// Live variables of an element, by the variable whose elimination made it; empty when absorbed.
    members: Vec<Vec<u32>>,
    alive: Vec<bool>,
    degree: Vec<u32>,
    buckets: Buckets,
    /// Stamp of the elimination in which a variable is in the new element.
    in_pivot: Vec<u32>,
    /// Stamp and count of an element's variables outside the new element.
    outside: Vec<(u32, u32)>,
}

impl Quotient {
    fn new(neighbors: &[Vec<u32>]) -> Self {
        let n = neighbors.len();
        let degree: Vec<u32> = neighbors.iter().map(|list| list.len() as u32).collect();
        let mut buckets = Buckets::new(n);
        for node in (0..n).rev() {
            buckets.insert(node as u32, degree[node]);
        }
        Self {
            variables: neighbors.to_vec(),
            elements: vec![Vec::new(); n],
            members: vec![Vec::new(); n],
            alive: vec![true; n],
            degree,
            buckets,
            in_pivot: vec![NONE; n],
            outside: vec![(NONE, 0); n],
        }
    }

    fn eliminate(mut self) -> Vec<u32> {
        let n = self.alive.len();
        let mut order = Vec::with_capacity(n);
        while let Some(pivot) = self.buckets.pop() {
            let stamp = order.len() as u32;
            order.push(pivot);
            let clique = self.form_element(pivot, stamp);
            self.count_outside(&clique, stamp);
            let left = (n - order.len()) as u32;
            for &node in &clique {
                self.update(node, pivot, clique.len() as u32, left, stamp);
            }
            self.members[pivot as usize] = clique;
        }
        order
    }

    /// Eliminates a variable: its neighbors become one element, which absorbs the pivot's elements.
    fn form_element(&mut self, pivot: u32, stamp: u32) -> Vec<u32> {
        self.alive[pivot as usize] = false;
        self.in_pivot[pivot as usize] = stamp;
        let mut clique = Vec::new();
        let own = std::mem::take(&mut self.variables[pivot as usize]);
        let absorbed = std::mem::take(&mut self.elements[pivot as usize]);
        let of_elements = absorbed.into_iter().flat_map(|element| std::mem::take(&mut self.members[element as usize]));
        for node in own.into_iter().chain(of_elements) {
            if self.alive[node as usize] && self.in_pivot[node as usize] != stamp {
                self.in_pivot[node as usize] = stamp;
                clique.push(node);
            }
        }
        clique
    }

    /// Counts, for every element that touches the new one, its variables outside of it.
    fn count_outside(&mut self, clique: &[u32], stamp: u32) {
        for &node in clique {
            let members = &self.members;
            self.elements[node as usize].retain(|&element| !members[element as usize].is_empty());
            for &element in &self.elements[node as usize] {
                let entry = &mut self.outside[element as usize];
                if entry.0 != stamp {
                    *entry = (stamp, self.members[element as usize].len() as u32);
                }
                entry.1 -= 1;
            }
        }
    }

    /// Renews lists and approximate degree of a variable of the new element.
    fn update(&mut self, node: u32, pivot: u32, clique: u32, left: u32, stamp: u32) {
        let n = node as usize;
        let (alive, in_pivot, outside) = (&self.alive, &self.in_pivot, &self.outside);
        self.variables[n].retain(|&other| alive[other as usize] && in_pivot[other as usize] != stamp);
        // An element without variables outside the new one says nothing more.
        self.elements[n].retain(|&element| outside[element as usize].1 > 0);
        let of_elements: u32 = self.elements[n].iter().map(|&element| outside[element as usize].1).sum();
        let bound = (self.variables[n].len() as u32).saturating_add(of_elements).saturating_add(clique - 1);
        let degree = bound.min(left - 1).min(self.degree[n].saturating_add(clique - 1));
        self.elements[n].push(pivot);
        self.buckets.remove(node, self.degree[n]);
        self.degree[n] = degree;
        self.buckets.insert(node, degree);
    }
}

/// Variables by degree, as doubly linked lists.
struct Buckets {
    head: Vec<u32>,
    next: Vec<u32>,
    previous: Vec<u32>,
    lowest: usize,
}

impl Buckets {
    fn new(n: usize) -> Self {
        Self { head: vec![NONE; n], next: vec![NONE; n], previous: vec![NONE; n], lowest: 0 }
    }

    fn insert(&mut self, node: u32, degree: u32) {
        let head = std::mem::replace(&mut self.head[degree as usize], node);
        self.next[node as usize] = head;
        self.previous[node as usize] = NONE;
        if head != NONE {
            self.previous[head as usize] = node;
        }
        self.lowest = self.lowest.min(degree as usize);
    }

    fn remove(&mut self, node: u32, degree: u32) {
        let (previous, next) = (self.previous[node as usize], self.next[node as usize]);
        if previous == NONE {
            self.head[degree as usize] = next;
        } else {
            self.next[previous as usize] = next;
        }
        if next != NONE {
            self.previous[next as usize] = previous;
        }
    }

    /// Takes out a variable of least degree.
    fn pop(&mut self) -> Option<u32> {
        while self.lowest < self.head.len() {
            let node = self.head[self.lowest];
            if node != NONE {
                self.remove(node, self.lowest as u32);
                return Some(node);
            }
            self.lowest += 1;
        }
        None
    }
}
