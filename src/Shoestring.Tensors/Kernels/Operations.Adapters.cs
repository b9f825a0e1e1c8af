namespace Shoestring.Tensors;

// What adapters ask for: channels scaled one by one, the gradients of such factors, and the norms of adapted rows.
public sealed unsafe partial class Operations
{
    readonly ElementwiseWork<Times> times = new();
    readonly ColumnSumWork<ColumnProduct> sumProducts = new();
    readonly AdaptedNormsWork adaptedNorms = new();

    /// <summary>z = x · y, element by element; a <paramref name="y"/> of one row scales the channels of every row. z may be x.</summary>
    /// <exception cref="ArgumentException">Shapes do not agree.</exception>
    public void MultiplyElements(Tensor x, Tensor y, Tensor z)
    {
        RequireSame(x, z, nameof(z));
        if (y.Columns != x.Columns || (y.Rows != 1 && y.Rows != x.Rows))
        {
            throw new ArgumentException($"multiply elements: x [{x.Rows}, {x.Columns}] with y [{y.Rows}, {y.Columns}]", nameof(y));
        }
        times.Run(pool, x, y, z);
    }

    /// <summary>sums (+)= Σ over rows of x · y: the gradient of factors that scale channels. <paramref name="sums"/>: <c>[1, channel]</c></summary>
    /// <exception cref="ArgumentException">Shapes do not agree.</exception>
    public void SumProducts(Tensor x, Tensor y, Tensor sums, bool add)
    {
        RequireSame(x, y, nameof(y));
        if (sums.Columns != x.Columns)
        {
            throw new ArgumentException($"sum products: x [{x.Rows}, {x.Columns}] into [{sums.Rows}, {sums.Columns}]", nameof(sums));
        }
        sumProducts.Run(pool, x, y, sums, add);
    }

    /// <summary>
    /// The norms of the rows of V = W + s·B·A, W decoded exactly whatever its format, and V·Aᵀ where it is wanted. It counts as the
    /// products with W of as many rows as the rank, twice that with V·Aᵀ.
    /// </summary>
    /// <param name="weights">W. <c>[output, input]</c></param>
    /// <param name="a">A, of F32. <c>[rank, input]</c></param>
    /// <param name="b">B turned, of F32. <c>[rank, output]</c></param>
    /// <param name="scale">s.</param>
    /// <param name="norms">Takes the norms. <c>[1, output]</c></param>
    /// <param name="products">Takes V·Aᵀ turned, or null. <c>[rank, output]</c></param>
    /// <exception cref="ArgumentException">Shapes do not agree.</exception>
    public void AdaptedNorms(PackedMatrix weights, PackedMatrix a, PackedMatrix b, float scale, Tensor norms, Tensor? products = null)
    {
        if (a.Columns != weights.Columns || b.Columns != weights.Rows || a.Rows != b.Rows || norms.Columns != weights.Rows
            || products is { } wanted && (wanted.Rows != a.Rows || wanted.Columns != weights.Rows))
        {
            throw new ArgumentException($"adapted norms: weights [{weights.Rows}, {weights.Columns}], A [{a.Rows}, {a.Columns}], B turned [{b.Rows}, {b.Columns}] into [{norms.Rows}, {norms.Columns}]", nameof(norms));
        }
        Counters.CountProduct(weights, products is null ? a.Rows : 2 * a.Rows);
        adaptedNorms.Run(pool, weights, a, b, scale, norms, products);
    }
}
