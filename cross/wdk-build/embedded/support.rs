// What stands before the types of the embedded bindings: the assertion of layouts, and the types by which bindgen
// expresses what Rust has no word for. Names and methods of the latter are bindgen's.

/// Asserts a type's size, its alignment and the offset of each of its fields, in bytes.
macro_rules! layout {
    ($kind:tt $name:ident: $size:literal, $align:literal; $($field:ident $offset:literal,)*) => {
        const _: () = assert!(
            ::core::mem::size_of::<$name>() == $size
                && ::core::mem::align_of::<$name>() == $align
                $(&& ::core::mem::offset_of!($name, $field) == $offset)*,
            concat!("the layout of ", stringify!($name))
        );
    };
}

/// Bytes that hold bit fields, the lowest bit of the first byte first.
#[repr(C)]
#[derive(Copy, Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct __BindgenBitfieldUnit<Storage> {
    storage: Storage,
}

impl<Storage> __BindgenBitfieldUnit<Storage> {
    #[inline]
    pub const fn new(storage: Storage) -> Self {
        Self { storage }
    }
}

impl<const N: usize> __BindgenBitfieldUnit<[u8; N]> {
    #[inline]
    pub fn get_bit(&self, index: usize) -> bool {
        self.storage[index / 8] >> (index % 8) & 1 == 1
    }
    #[inline]
    pub fn set_bit(&mut self, index: usize, value: bool) {
        let mask = 1 << (index % 8);
        let byte = &mut self.storage[index / 8];
        *byte = if value { *byte | mask } else { *byte & !mask };
    }
    #[inline]
    pub fn get(&self, offset: usize, width: u8) -> u64 {
        (0..usize::from(width)).fold(0, |value, bit| {
            value | u64::from(self.get_bit(offset + bit)) << bit
        })
    }
    #[inline]
    pub fn set(&mut self, offset: usize, width: u8, value: u64) {
        for bit in 0..usize::from(width) {
            self.set_bit(offset + bit, value >> bit & 1 == 1);
        }
    }
}

/// An array at the end of a structure, whose length the structure tells elsewhere.
#[repr(C)]
#[derive(Default)]
pub struct __IncompleteArrayField<T>(::core::marker::PhantomData<T>, [T; 0]);

impl<T> __IncompleteArrayField<T> {
    #[inline]
    pub const fn new() -> Self {
        Self(::core::marker::PhantomData, [])
    }
    #[inline]
    pub fn as_ptr(&self) -> *const T {
        ::core::ptr::from_ref(self).cast()
    }
    #[inline]
    pub fn as_mut_ptr(&mut self) -> *mut T {
        ::core::ptr::from_mut(self).cast()
    }
    #[inline]
    pub unsafe fn as_slice(&self, len: usize) -> &[T] {
        // SAFETY: as many elements follow, by the caller's promise.
        unsafe { ::core::slice::from_raw_parts(self.as_ptr(), len) }
    }
    #[inline]
    pub unsafe fn as_mut_slice(&mut self, len: usize) -> &mut [T] {
        // SAFETY: as above, and nothing else refers to them.
        unsafe { ::core::slice::from_raw_parts_mut(self.as_mut_ptr(), len) }
    }
}

impl<T> ::core::fmt::Debug for __IncompleteArrayField<T> {
    fn fmt(&self, fmt: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        fmt.write_str("__IncompleteArrayField")
    }
}

/// A member of a union that bindgen writes as a structure, because a member is not `Copy`.
#[repr(C)]
pub struct __BindgenUnionField<T>(::core::marker::PhantomData<T>);

impl<T> __BindgenUnionField<T> {
    #[inline]
    pub const fn new() -> Self {
        Self(::core::marker::PhantomData)
    }
    #[inline]
    pub unsafe fn as_ref(&self) -> &T {
        // SAFETY: the union holds a `T`, by the caller's promise.
        unsafe { &*::core::ptr::from_ref(self).cast() }
    }
    #[inline]
    pub unsafe fn as_mut(&mut self) -> &mut T {
        // SAFETY: as above, and nothing else refers to it.
        unsafe { &mut *::core::ptr::from_mut(self).cast() }
    }
}

impl<T> Default for __BindgenUnionField<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Copy for __BindgenUnionField<T> {}

impl<T> Clone for __BindgenUnionField<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> ::core::fmt::Debug for __BindgenUnionField<T> {
    fn fmt(&self, fmt: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        fmt.write_str("__BindgenUnionField")
    }
}

/// Bytes that a type keeps to itself.
#[repr(C)]
#[derive(Copy, Clone, Debug, Eq, Hash, PartialEq)]
pub struct __BindgenOpaqueArray<T>(pub T);

impl<T: Copy + Default, const N: usize> Default for __BindgenOpaqueArray<[T; N]> {
    fn default() -> Self {
        Self([T::default(); N])
    }
}
