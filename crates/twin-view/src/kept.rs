//! What is made once and kept until what it was made of changes: windows are drawn many times a second.

use std::sync::Arc;

/// A value, and what it was made of.
#[derive(Debug)]
pub struct Kept<K, V>(Option<(K, Arc<V>)>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: PartialEq, V> Kept<K, V> {
    /// The value made of this; made anew where it was made of something else.
    pub fn get(&mut self, of: K, make: impl FnOnce(&K) -> V) -> Arc<V> {
        match &self.0 {
            Some((known, value)) if *known == of => Arc::clone(value),
            _ => {
                let value = Arc::new(make(&of));
                self.0 = Some((of, Arc::clone(&value)));
                value
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_once_until_what_it_is_made_of_changes() {
        let (mut kept, mut made) = (Kept::default(), 0);
        for of in [1, 1, 2, 2, 1] {
            let value = kept.get(of, |of| {
                made += 1;
                10 * of
            });
            assert_eq!(*value, 10 * of);
        }
        assert_eq!(made, 3);
    }
}
