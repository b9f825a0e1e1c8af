using System.Runtime.Intrinsics.X86;

namespace Shoestring.Tensors;

/// <summary>The product routine of each format for one kernel set, chosen once.</summary>
internal sealed unsafe class KernelTable
{
    readonly delegate*<MatMulWork, in Product, int, int, byte*, void>[] routines = new delegate*<MatMulWork, in Product, int, int, byte*, void>[BlockFormats.Slots];

    readonly delegate*<MatMulWork, in Product, int, int, byte*, void>[] single = new delegate*<MatMulWork, in Product, int, int, byte*, void>[BlockFormats.Slots];

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
                FillSingle<Rows256, Rows256>();
                break;
            case SimdPath.AvxVnni:
                Fill<AvxVnniKernels>();
                FillSingle<Rows256, Rows256Vnni>();
                break;
            case SimdPath.Avx512Vnni:
                Fill<Avx512VnniKernels>();
                if (Avx512BW.IsSupported)
                {
                    FillSingle<Rows512, Rows512>();
                }
                else
                {
                    FillSingle<Rows256, Rows256>();
                }
                FillInPlace();
                break;
            default:
                Fill<Avx512Kernels>();
                if (AvxVnni.IsSupported)
                {
                    FillSingle<Rows512, Rows256Vnni>();
                }
                else
                {
                    FillSingle<Rows512, Rows512>();
                }
                break;
        }
    }

    /// <summary>The routine for <paramref name="rows"/> activation rows.</summary>
    public delegate*<MatMulWork, in Product, int, int, byte*, void> Routine(TensorFormat format, int rows) =>
        rows == 1 && single[format.Slot()] != null ? single[format.Slot()] : routines[format.Slot()];

    /// <summary>The formats whose decoding is worth a routine of its own when there is one activation row.</summary>
    void FillSingle<TRows, TSignedRows>() where TRows : struct, IRowLanes<TRows> where TSignedRows : struct, IRowLanes<TSignedRows>
    {
        single[(int)TensorFormat.F16] = &SingleRowProducts<TRows>.F16;
        single[(int)TensorFormat.BF16] = &SingleRowProducts<TRows>.BF16;
        single[(int)TensorFormat.Q4_0] = &SingleRowProducts<TRows>.Q4_0;
        single[(int)TensorFormat.Q8_0] = &SingleRowProducts<TSignedRows>.Q8_0;
        single[(int)TensorFormat.Q4_K] = &SingleRowProducts<TRows>.Q4_K;
        single[(int)TensorFormat.Q6_K] = &SingleRowProducts<TRows>.Q6_K;
        single[TensorFormat.S24_8.Slot()] = &SingleRowProducts<TRows>.S24_8;
        single[TensorFormat.S24_4.Slot()] = &SingleRowProducts<TRows>.S24_4;
    }

    void FillInPlace()
    {
        single[(int)TensorFormat.F16] = &SingleRowProducts<Rows256>.EmittedF16;
        single[(int)TensorFormat.Q4_0] = routines[(int)TensorFormat.Q4_0] = &InPlaceProducts<Q4_0InPlace>.Run;
        single[(int)TensorFormat.Q8_0] = routines[(int)TensorFormat.Q8_0] = &InPlaceProducts<Q8_0InPlace>.Run;
        single[(int)TensorFormat.Q4_K] = routines[(int)TensorFormat.Q4_K] = &InPlaceProducts<Q4_KInPlace>.Run;
        single[(int)TensorFormat.Q6_K] = routines[(int)TensorFormat.Q6_K] = &InPlaceProducts<Q6_KInPlace>.Run;
    }

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
        routines[TensorFormat.S24_8.Slot()] = &MatMulWork.Integer<S24_8Tile, TKernel>;
        routines[TensorFormat.S24_4.Slot()] = &MatMulWork.Integer<S24_4Tile, TKernel>;
        routines[TensorFormat.NF4.Slot()] = &MatMulWork.Float<NF4Tile, TKernel>;
    }
}
