//! What copies of the machine share until one of them changes it.

use std::{
    ops::{Deref, DerefMut},
    rc::Rc,
};

/// A value that is copied when it is changed, and only where another copy of the machine has it too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shared<T>(Rc<T>);

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Rc::make_mut(&mut self.0)
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self(Rc::new(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_the_same_memory_until_it_is_changed() {
        let mut one = Shared::from(vec![1, 2]);
        let before = one.as_ptr();
        let other = one.clone();
        assert_eq!(other.as_ptr(), before);
        one.push(3);
        assert_eq!((&one[..], &other[..]), (&[1, 2, 3][..], &[1, 2][..]));
        let alone = one.as_ptr();
        one[0] = 7;
        assert_eq!(one.as_ptr(), alone, "nothing else has it");
    }
}
