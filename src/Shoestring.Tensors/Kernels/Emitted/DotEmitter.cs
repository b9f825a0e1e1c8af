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
/// rsi weights, rdx scales, rcx minimums or further bits, r8 records of the tile, rax and r11 and r12 within them (channels,
/// values a block, values a half block), rbx where the tile ends, r9 sums, r10 blocks left, r13 what is asked for ahead, r14 and
/// r15 the halves of super-blocks.
/// </remarks>
internal sealed class DotEmitter
{
    // Offsets of the fields of DotArguments.
    const int Weights = 0, Scales = 8, Minimums = 16, Records = 24, Sums = 32, Blocks = 40, TileStride = 48, Batches = 56, Ahead = 64, SuperScales = 72, SuperMinimums = 80;

    const int WeightRegister = 24, UnitRegister = 25, ScaleRegister = 26, ProductRegister = 27, MinimumRegister = 28, NibbleRegister = 29, OffsetRegister = 30, MaskRegister = 31;

    /// <summary>Where the halves of a super-block are kept: byte scales have no minimum or no offset and mask.</summary>
    int SuperScaleRegister => shape.HasMinimum ? OffsetRegister : MinimumRegister;

    const int SuperMinimumRegister = MaskRegister;

    /// <summary>
    /// With few rows high nibbles stay where they are in their bytes, sixteen times too large, and the sums of their products are
    /// divided: one instruction for a quad of weights instead of three, where those are what a row waits for. In a block of both
    /// nibbles they have sums of their own, which 24 registers hold for eight rows.
    /// </summary>
    bool HighInPlace => shape.Rows <= 8 && shape.Weights is (WeightSource.NibblesOfBlock or WeightSource.NibblesOfPair);

    bool ApartInBlock => HighInPlace && shape.Weights == WeightSource.NibblesOfBlock;

    const int HighNibbleRegister = UnitRegister;

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
        code.Push(R14);
        code.Push(R15);
        Constants();
        int batch = code.Here;
        Batch();
        code.Add(shape.Rows * PackedActivations.RecordBytes, new Address(Rdi, Records));
        code.Add(shape.Rows * PackedLayout.GroupRows * sizeof(float), new Address(Rdi, Sums));
        code.Add(-1, new Address(Rdi, Batches));
        code.JumpIfNotZero(batch);
        code.Pop(R15);
        code.Pop(R14);
        code.Pop(R13);
        code.Pop(R12);
        code.Pop(Rbx);
        code.ZeroUpper();
        code.Return();
    }

    void Constants()
    {
        Constant(0x0F0F0F0F, NibbleRegister, shape.Weights is WeightSource.NibblesOfBlock or WeightSource.NibblesOfPair or WeightSource.SixBits);
        Constant(unchecked((int)0xF0F0F0F0), HighNibbleRegister, HighInPlace);
        Constant(unchecked((int)0x80808080), MaskRegister, shape.Weights == WeightSource.SignedBytes);
        Constant(0x3F3F3F3F, MaskRegister, shape.Weights == WeightSource.SixBits);
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
        code.Move(new Address(Rdi, SuperScales), R14);
        code.Move(new Address(Rdi, SuperMinimums), R15);
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
        SuperBlockScales();
        int round = code.Here;
        Round();
        code.Add(-shape.RoundBlocks, R10);
        code.JumpIfZero(done);
        code.Compare(Rax, Rbx);
        code.JumpIfNotZero(round);
        code.Add(new Address(Rdi, TileStride), R8);
        if (shape.Scales == ScaleSource.BytesAndMinimums)
        {
            // Behind the scales come the minimums of the super-block.
            code.Add(MinimumBytes, Rdx);
        }
        code.Jump(tile);
        code.Place(done);
        for (int row = 0; row < shape.Rows; row++)
        {
            code.Store(row, new Address(R9, row * 64));
        }
    }

    /// <summary>From the scales of a super-block to its minimums, where both are bytes.</summary>
    const int MinimumBytes = Tile.Blocks * PackedLayout.GroupRows;

    void SuperBlockScales()
    {
        if (shape.Scales is ScaleSource.SignedBytes or ScaleSource.BytesAndMinimums)
        {
            code.LoadHalves(new Address(R14), SuperScaleRegister);
            code.Add(32, R14);
        }
        if (shape.Scales == ScaleSource.BytesAndMinimums)
        {
            code.LoadHalves(new Address(R15), SuperMinimumRegister);
            code.Add(32, R15);
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
        Advance(Rsi, shape.RoundBytes);
        Advance(Rdx, scales * shape.ScaleBytes);
        Advance(Rcx, shape.Weights == WeightSource.SixBits ? 512 : shape.Scales == ScaleSource.FloatsAndMinimums ? scales * 64 : 0);
        Advance(Rax, 32 * shape.RoundBlocks);
        Advance(R11, 4 * shape.RoundBlocks);
        Advance(R12, shape.SubBlock == 16 ? 8 * shape.RoundBlocks : 0);
        Advance(R13, shape.AheadBytes * shape.RoundBlocks);
    }

    void Advance(Register register, int bytes)
    {
        if (bytes != 0)
        {
            code.Add(bytes, register);
        }
    }

    void SubBlock(int block, int sub)
    {
        for (int row = 0; row < shape.Rows * (ApartInBlock ? 2 : 1); row++)
        {
            code.Zero(Dot(row));
        }
        int quads = shape.SubBlock / 4;
        for (int i = 0; i < quads; i++)
        {
            int quad = Quad(block, sub * quads + i), apart = ApartInBlock && quad >= 4 ? shape.Rows : 0;
            for (int row = 0; row < shape.Rows; row++)
            {
                code.DotBytes(WeightRegister, new Address(Rax, row * PackedActivations.RecordBytes + block * 32 + quad * 4), Dot(row + apart));
            }
        }
        for (int row = 0; row < shape.Rows && HighInPlace; row++)
        {
            if (ApartInBlock)
            {
                code.ShiftRight32(Dot(row + shape.Rows), 4, Dot(row + shape.Rows));
                code.AddIntegers(Dot(row + shape.Rows), Dot(row), Dot(row));
            }
            else if (block == 1)
            {
                code.ShiftRight32(Dot(row), 4, Dot(row));
            }
        }
        Scale(block, sub);
    }

    int Dot(int row) => shape.Rows + row;

    /// <summary>Brings the weights of one quad into their register; returns which quad of the block it is.</summary>
    int Quad(int block, int i)
    {
        switch (shape.Weights)
        {
            case WeightSource.Tile:
                code.Load(new Address(Rsi, i * 64), WeightRegister);
                return i;
            case WeightSource.SignedBytes:
                code.Xor(MaskRegister, new Address(Rsi, i * 64), WeightRegister);
                return i;
            case WeightSource.NibblesOfBlock:
                // A unit's low nibbles, then its high ones, four quads further on.
                Nibbles(i / 2, high: i % 2 == 1, load: i % 2 == 0);
                return i / 2 + i % 2 * 4;
            case WeightSource.NibblesOfPair:
                Nibbles(i, high: block == 1, load: true);
                return i;
            default:
                SixBits(block, i);
                return i;
        }
    }

    /// <summary>
    /// Blocks 0 and 2 have the low and high nibbles of the first eight units, 1 and 3 those of the others; each takes its two
    /// further bits out of the same bytes.
    /// </summary>
    void SixBits(int block, int unit)
    {
        code.Load(new Address(Rsi, block % 2 * 512 + unit * 64), WeightRegister);
        code.Load(new Address(Rcx, unit * 64), UnitRegister);
        if (block >= 2)
        {
            code.ShiftRight16(WeightRegister, 4, WeightRegister);
        }
        if (block != 2)
        {
            code.ShiftRight16(UnitRegister, block switch { 0 => -4, 1 => -2, _ => 2 }, UnitRegister);
        }
        code.Select(NibbleRegister, UnitRegister, WeightRegister);
        code.And(MaskRegister, WeightRegister, WeightRegister);
    }

    void Nibbles(int unit, bool high, bool load)
    {
        if (HighInPlace)
        {
            code.And(high ? HighNibbleRegister : NibbleRegister, new Address(Rsi, unit * 64), WeightRegister);
            return;
        }
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
        bool halves = shape.SubBlock == 16;
        LoadScales(block * shape.SubBlocks + sub);
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

    /// <summary>Brings the scales of a sub-block, and its minimums if there are any, into their registers as floats.</summary>
    void LoadScales(int index)
    {
        Address scales = new(Rdx, index * shape.ScaleBytes);
        switch (shape.Scales)
        {
            case ScaleSource.Halves:
                code.LoadHalves(scales, ScaleRegister);
                break;
            case ScaleSource.SignedBytes:
                code.LoadSignedBytes(scales, ScaleRegister);
                ScaledBytes(SuperScaleRegister, ScaleRegister);
                break;
            case ScaleSource.BytesAndMinimums:
                code.LoadBytes(scales, ScaleRegister);
                ScaledBytes(SuperScaleRegister, ScaleRegister);
                code.LoadBytes(new Address(Rdx, MinimumBytes + index * shape.ScaleBytes), MinimumRegister);
                ScaledBytes(SuperMinimumRegister, MinimumRegister);
                break;
            case ScaleSource.FloatsAndMinimums:
                code.Load(scales, ScaleRegister);
                code.Load(new Address(Rcx, index * 64), MinimumRegister);
                break;
            default:
                code.Load(scales, ScaleRegister);
                break;
        }
    }

    void ScaledBytes(int factor, int register)
    {
        code.ToFloat(register, register);
        code.Multiply(register, factor, register);
    }
}
