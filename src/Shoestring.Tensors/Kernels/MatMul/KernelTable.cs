namespace Shoestring.Tensors;

/// <summary>The product routine of each format for one kernel set, chosen once.</summary>
internal sealed unsafe class KernelTable
{
    const int Formats = (int)TensorFormat.BF16 + 1;
    readonly delegate*<MatMulWork, in Product, int, int, byte*, void>[] routines = new delegate*<MatMulWork, in Product, int, int, byte*, void>[Formats];

    public KernelTable(SimdPath path)
    {
        switch (path)
        {
            case SimdPath.Scalar:
                Fill<ScalarKernels>();
                break;
            case SimdPath.Vector128:
                Fill<Vector128Kernels>();
                break;
            case SimdPath.Avx2:
                Fill<Avx2Kernels>();
                break;
            case SimdPath.AvxVnni:
                Fill<AvxVnniKernels>();
                break;
            default:
                Fill<Avx512Kernels>();
                break;
        }
    }

    public delegate*<MatMulWork, in Product, int, int, byte*, void> this[TensorFormat format] => routines[(int)format];

    void Fill<TKernel>() where TKernel : struct, IIntegerKernel, IFloatKernel
    {
        routines[(int)TensorFormat.F32] = &MatMulWork.Float<F32Tile, TKernel>;
        routines[(int)TensorFormat.F16] = &MatMulWork.Float<F16Tile, TKernel>;
        routines[(int)TensorFormat.BF16] = &MatMulWork.Float<BF16Tile, TKernel>;
        routines[(int)TensorFormat.Q4_0] = &MatMulWork.Integer<Q4_0Tile, TKernel>;
        routines[(int)TensorFormat.Q4_1] = &MatMulWork.Integer<Q4_1Tile, TKernel>;
        routines[(int)TensorFormat.Q5_0] = &MatMulWork.Integer<Q5_0Tile, TKernel>;
        routines[(int)TensorFormat.Q5_1] = &MatMulWork.Integer<Q5_1Tile, TKernel>;
        routines[(int)TensorFormat.Q8_0] = &MatMulWork.Integer<Q8_0Tile, TKernel>;
        routines[(int)TensorFormat.IQ4_NL] = &MatMulWork.Integer<IQ4_NLTile, TKernel>;
        routines[(int)TensorFormat.Q2_K] = &MatMulWork.Integer<Q2_KTile, TKernel>;
        routines[(int)TensorFormat.Q3_K] = &MatMulWork.Integer<Q3_KTile, TKernel>;
        routines[(int)TensorFormat.Q4_K] = &MatMulWork.Integer<Q4_KTile, TKernel>;
        routines[(int)TensorFormat.Q5_K] = &MatMulWork.Integer<Q5_KTile, TKernel>;
        routines[(int)TensorFormat.Q6_K] = &MatMulWork.Integer<Q6_KTile, TKernel>;
        routines[(int)TensorFormat.IQ2_XXS] = &MatMulWork.Integer<IQ2_XXSTile, TKernel>;
    }
}
