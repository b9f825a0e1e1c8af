using static Shoestring.Tensors.Register;

namespace Shoestring.Tensors;

/// <summary>
/// Emits a routine that multiplies quantized weights of 16 rows with 1 … 12 quantized activation rows by 512-bit vpdpbusd.
/// The processors that have it and lack AVX-VNNI (Zen 4, Ice Lake, Cascade Lake) are many, and .NET 10 has no intrinsic for it.
/// The arithmetic, and so every bit, is that of <see cref="IIntegerKernel"/>.
/// </summary>
/// <remarks>
/// The code, by the System V calling convention with a pointer to <see cref="DotArguments"/>:
/// <code>
/// for each batch of rows              sums in zmm0 …
///   for each tile of 256 channels
///     for each round of blocks        dot products in the registers after the sums
///       quads: weights into zmm24, for each row dot += weights · broadcast [x]
///       for each row: sum += (dot − offset·Σq) · (scale · d);  sum −= minimum · d·Σq
/// </code>
/// rsi weights, rdx scales, rcx minimums, r8 records of the tile, rax and r11 and r12 within them (channels, values a block,
/// values a half block), rbx where the tile ends, r9 sums, r10 blocks left, r13 what is asked for ahead.
/// </remarks>
internal sealed class DotEmitter
{
    // Offsets of the fields of DotArguments.
    const int Weights = 0, Scales = 8, Minimums = 16, Records = 24, Sums = 32, Blocks = 40, TileStride = 48, Batches = 56, Ahead = 64;

    const int WeightRegister = 24, UnitRegister = 25, ScaleRegister = 26, ProductRegister = 27, MinimumRegister = 28, NibbleRegister = 29, OffsetRegister = 30, SignRegister = 31;

    readonly Assembler code = new();
    readonly DotShape shape;

    DotEmitter(DotShape shape) => this.shape = shape;

    /// <summary>The routine's machine code.</summary>
    public static ReadOnlySpan<byte> Emit(DotShape shape)
    {
        DotEmitter emitter = new(shape);
        emitter.Routine();
        return emitter.code.Code;
    }

    void Routine()
    {
        code.Push(Rbx);
        code.Push(R12);
        code.Push(R13);
        Constants();
        int batch = code.Here;
        Batch();
        code.Add(shape.Rows * PackedActivations.RecordBytes, new Address(Rdi, Records));
        code.Add(shape.Rows * PackedLayout.GroupRows * sizeof(float), new Address(Rdi, Sums));
        code.Add(-1, new Address(Rdi, Batches));
        code.JumpIfNotZero(batch);
        code.Pop(R13);
        code.Pop(R12);
        code.Pop(Rbx);
        code.ZeroUpper();
        code.Return();
    }

    void Constants()
    {
        Constant(0x0F0F0F0F, NibbleRegister, shape.Source is WeightSource.NibblesOfBlock or WeightSource.NibblesOfPair);
        Constant(unchecked((int)0x80808080), SignRegister, shape.Source == WeightSource.SignedBytes);
        Constant(BitConverter.SingleToInt32Bits(shape.Offset), OffsetRegister, shape.Offset != 0);
    }

    void Constant(int value, int register, bool needed)
    {
        if (needed)
        {
            code.Move(value, Rax);
            code.Spread(Rax, register);
        }
    }

    void Batch()
    {
        code.Move(new Address(Rdi, Weights), Rsi);
        code.Move(new Address(Rdi, Scales), Rdx);
        code.Move(new Address(Rdi, Minimums), Rcx);
        code.Move(new Address(Rdi, Records), R8);
        code.Move(new Address(Rdi, Sums), R9);
        code.Move(new Address(Rdi, Blocks), R10);
        code.Move(new Address(Rdi, Ahead), R13);
        for (int row = 0; row < shape.Rows; row++)
        {
            code.Load(new Address(R9, row * 64), row);
        }
        Assembler.Label done = new();
        int tile = code.Here;
        code.Move(R8, Rax);
        code.Move(R8, R11);
        code.Move(R8, R12);
        code.AddressOf(new Address(R8, Tile.Channels), Rbx);
        int round = code.Here;
        Round();
        code.Add(-shape.RoundBlocks, R10);
        code.JumpIfZero(done);
        code.Compare(Rax, Rbx);
        code.JumpIfNotZero(round);
        code.Add(new Address(Rdi, TileStride), R8);
        code.Jump(tile);
        code.Place(done);
        for (int row = 0; row < shape.Rows; row++)
        {
            code.Store(row, new Address(R9, row * 64));
        }
    }

    void Round()
    {
        for (int line = 0; line < shape.AheadBytes * shape.RoundBlocks; line += 64)
        {
            code.Prefetch(new Address(R13, line));
        }
        for (int block = 0; block < shape.RoundBlocks; block++)
        {
            for (int sub = 0; sub < shape.SubBlocks; sub++)
            {
                SubBlock(block, sub);
            }
        }
        int scales = shape.RoundBlocks * shape.SubBlocks;
        code.Add(shape.RoundBytes, Rsi);
        code.Add(scales * shape.ScaleBytes, Rdx);
        code.Add(scales * 64, Rcx);
        code.Add(32 * shape.RoundBlocks, Rax);
        code.Add(4 * shape.RoundBlocks, R11);
        code.Add(8 * shape.RoundBlocks, R12);
        code.Add(shape.AheadBytes * shape.RoundBlocks, R13);
    }

    void SubBlock(int block, int sub)
    {
        for (int row = 0; row < shape.Rows; row++)
        {
            code.Zero(Dot(row));
        }
        int quads = shape.SubBlock / 4;
        for (int i = 0; i < quads; i++)
        {
            int quad = Quad(block, sub * quads + i);
            for (int row = 0; row < shape.Rows; row++)
            {
                code.DotBytes(WeightRegister, new Address(Rax, row * PackedActivations.RecordBytes + block * 32 + quad * 4), Dot(row));
            }
        }
        Scale(block, sub);
    }

    int Dot(int row) => shape.Rows + row;

    /// <summary>Brings the weights of one quad into their register; returns which quad of the block it is.</summary>
    int Quad(int block, int i)
    {
        switch (shape.Source)
        {
            case WeightSource.Tile:
                code.Load(new Address(Rsi, i * 64), WeightRegister);
                return i;
            case WeightSource.SignedBytes:
                code.Xor(SignRegister, new Address(Rsi, i * 64), WeightRegister);
                return i;
            case WeightSource.NibblesOfBlock:
                // A unit's low nibbles, then its high ones, four quads further on.
                Nibbles(i / 2, high: i % 2 == 1, load: i % 2 == 0);
                return i / 2 + i % 2 * 4;
            default:
                Nibbles(i, high: block == 1, load: true);
                return i;
        }
    }

    void Nibbles(int unit, bool high, bool load)
    {
        if (load)
        {
            code.Load(new Address(Rsi, unit * 64), UnitRegister);
        }
        if (high)
        {
            code.ShiftRight16(UnitRegister, 4, UnitRegister);
        }
        code.And(NibbleRegister, UnitRegister, WeightRegister);
    }

    void Scale(int block, int sub)
    {
        int index = block * shape.SubBlocks + sub;
        bool halves = shape.SubBlock == 16;
        if (shape.HalfScales)
        {
            code.LoadHalves(new Address(Rdx, index * shape.ScaleBytes), ScaleRegister);
        }
        else
        {
            code.Load(new Address(Rdx, index * shape.ScaleBytes), ScaleRegister);
        }
        if (shape.HasMinimum)
        {
            code.Load(new Address(Rcx, index * 64), MinimumRegister);
        }
        for (int row = 0; row < shape.Rows; row++)
        {
            int record = row * PackedActivations.RecordBytes;
            code.ToFloat(Dot(row), Dot(row));
            if (shape.Offset != 0)
            {
                code.MultiplySubtract(OffsetRegister, halves ? new Address(R12, record + PackedActivations.Sum16 + block * 8 + sub * 4) : new Address(R11, record + PackedActivations.Sum32 + block * 4), Dot(row));
            }
            code.Multiply(ScaleRegister, new Address(R11, record + PackedActivations.Scale + block * 4), ProductRegister);
            code.MultiplyAdd(Dot(row), ProductRegister, row);
            if (shape.HasMinimum)
            {
                code.MultiplySubtract(MinimumRegister, halves ? new Address(R12, record + PackedActivations.ScaledSum16 + block * 8 + sub * 4) : new Address(R11, record + PackedActivations.ScaledSum32 + block * 4), row);
            }
        }
    }
}
