using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// The factor U that says how an error in one column is made up for by the others: (XᵀX + λ·mean diagonal)⁻¹ = UᵀU (GPTQ, arXiv
/// 2210.17323, §3.3).
/// </summary>
static class Hessian
{
    const int Attempts = 4;

    /// <summary>Makes U; the products stay as they are.</summary>
    /// <param name="products">XᵀX.</param>
    /// <param name="damping">λ; ten times as much where that does not make the matrix definite.</param>
    /// <param name="order">The order in which columns will be gone through, or null for their own.</param>
    /// <param name="pool">The threads.</param>
    /// <exception cref="InputException">The inputs are not finite, so no damping helps.</exception>
    public static SymmetricMatrix Factor(SymmetricMatrix products, double damping, int[]? order, WorkerPool pool)
    {
        order ??= [.. Enumerable.Range(0, products.Size)];
        for (int attempt = 0; attempt < Attempts; attempt++, damping *= 10)
        {
            SymmetricMatrix factor = products.Reordered(order);
            double mean = factor.MeanOfDiagonal();
            factor.AddToDiagonal(mean > 0 ? damping * mean : 1);
            if (factor.InverseFactor(pool))
            {
                return factor;
            }

            factor.Dispose();
        }

        throw new InputException("the layers' inputs over the calibration text are not finite", "--calibration", "check that the model gives sensible text, or give another one");
    }

    /// <summary>Columns by falling diagonal: those that matter most first, while there is most left to make up for their errors.</summary>
    public static int[] ByFallingDiagonal(SymmetricMatrix products) =>
        [.. Enumerable.Range(0, products.Size).OrderByDescending(i => products.Row(i)[i]).ThenBy(i => i)];
}
