// Products of many rows with many factors, the bulk of the work where there are many classes.
//
// In C because the instructions are the processor's, asked for when the program runs.
// The factors are packed once for all blocks of rows, which a BLAS would do again for every block;
// and older ones lack the kernels of newer processors. With AVX-512, or AVX2 and FMA: elsewhere BLAS
// serves, which has to be loaded first. A sum's order depends on the depth alone, not on the number of
// rows, and each has the same bits by either set of instructions.
#pragma once
#include <stdbool.h>
#include <stddef.h>

/// Whether this processor has what `cproducts_products` needs.
bool cproducts_multiplies(void);

/// Doubles from one row of products of `count` factors to the next, and `depth` of these are what
/// the packed factors take.
ptrdiff_t cproducts_product_stride(ptrdiff_t count);

/// Packs `count` factors of `depth` doubles, `stride` apart.
void cproducts_pack(
    const double *factors, ptrdiff_t count, ptrdiff_t stride, ptrdiff_t depth, double *packed);

/// products[i][k] = rows[i]·factor k; those beyond `count`, up to the product stride, mean nothing.
void cproducts_products(
    const double *rows, ptrdiff_t row_count, ptrdiff_t row_stride, const double *packed,
    ptrdiff_t count, ptrdiff_t depth, double *products);

/// Packs `scale` times a row as the one of number `index` among `capacity`, in panels of as many
/// doubles as the product stride of `columns` times `capacity`.
void cproducts_pack_row(
    const double *row, double scale, ptrdiff_t columns, double *panels, ptrdiff_t capacity,
    ptrdiff_t index);

/// gram += ZᵀZ for the first `row_count` packed rows Z, in the upper triangle of a row-major matrix
/// whose rows are the product stride of `columns` apart; below the diagonal are other numbers.
void cproducts_add_gram(
    const double *panels, ptrdiff_t capacity, ptrdiff_t row_count, ptrdiff_t columns,
    double *gram);
