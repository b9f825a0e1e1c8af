using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Shoestring.Tensors;

/// <summary>The general registers, by their number in machine code.</summary>
internal enum Register
{
    Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi, R8, R9, R10, R11, R12, R13, R14, R15,
}

/// <summary>An address: base + displacement in bytes.</summary>
internal readonly record struct Address(Register Base, int Displacement = 0);

/// <summary>
/// Writes the few x86-64 instructions that the emitted kernels are made of. Vector registers are zmm0 … zmm31, by number, as 32-bit lanes.
/// Encodings: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, §2.7 (EVEX) and the instructions' pages.
/// </summary>
internal sealed class Assembler
{
    const int Map0F = 1, Map0F38 = 2, Map0F3A = 3;
    const int None = 0, Prefix66 = 1;
    readonly List<byte> code = [];

    public ReadOnlySpan<byte> Code => CollectionsMarshal.AsSpan(code);

    /// <summary>Where the next instruction begins, for jumps back to it.</summary>
    public int Here => code.Count;

    // Vector instructions. Source operands come before the destination.

    public void Load(Address source, int target) => Evex(None, Map0F, 0x10, target, 0, source, broadcast: false);

    public void Store(int source, Address target) => Evex(None, Map0F, 0x11, source, 0, target, broadcast: false);

    /// <summary>Sixteen halves to floats (vcvtph2ps).</summary>
    public void LoadHalves(Address source, int target) => Evex(Prefix66, Map0F38, 0x13, target, 0, source, broadcast: false);

    /// <summary>Sixteen unsigned bytes to integers (vpmovzxbd).</summary>
    public void LoadBytes(Address source, int target) => Evex(Prefix66, Map0F38, 0x31, target, 0, source, broadcast: false);

    /// <summary>Sixteen signed bytes to integers (vpmovsxbd).</summary>
    public void LoadSignedBytes(Address source, int target) => Evex(Prefix66, Map0F38, 0x21, target, 0, source, broadcast: false);

    public void Zero(int target) => Evex(Prefix66, Map0F, 0xEF, target, target, target);

    public void And(int a, int b, int target) => Evex(Prefix66, Map0F, 0xDB, target, a, b);

    public void And(int a, Address b, int target) => Evex(Prefix66, Map0F, 0xDB, target, a, b, broadcast: false);

    public void Xor(int a, Address b, int target) => Evex(Prefix66, Map0F, 0xEF, target, a, b, broadcast: false);

    /// <summary>Shifts each 16-bit lane right (vpsrlw), or left by a negative count (vpsllw).</summary>
    public void ShiftRight16(int source, int count, int target)
    {
        Evex(Prefix66, Map0F, 0x71, count < 0 ? 6 : 2, target, source);
        code.Add((byte)Math.Abs(count));
    }

    /// <summary>Divides signed integers by a power of two that they are multiples of (vpsrad).</summary>
    public void ShiftRight32(int source, int count, int target)
    {
        Evex(Prefix66, Map0F, 0x72, 4, target, source);
        code.Add((byte)count);
    }

    public void AddIntegers(int a, int b, int target) => Evex(Prefix66, Map0F, 0xFE, target, a, b);

    /// <summary>Bit by bit: target where the mask is set, other where not (vpternlogd).</summary>
    public void Select(int mask, int other, int target)
    {
        Evex(Prefix66, Map0F3A, 0x25, target, other, mask);
        code.Add(0xE4);
    }

    /// <summary>All lanes from a general register (vpbroadcastd).</summary>
    public void Spread(Register source, int target) => Evex(Prefix66, Map0F38, 0x7C, target, 0, (int)source);

    /// <summary>sum += four products of unsigned bytes with signed bytes, which every lane reads at one address (vpdpbusd).</summary>
    public void DotBytes(int unsigned, Address signed, int sum) => Evex(Prefix66, Map0F38, 0x50, sum, unsigned, signed, broadcast: true);

    public void ToFloat(int integers, int target) => Evex(None, Map0F, 0x5B, target, 0, integers);

    /// <summary>target = a · one float for all lanes.</summary>
    public void Multiply(int a, Address b, int target) => Evex(None, Map0F, 0x59, target, a, b, broadcast: true);

    public void Multiply(int a, int b, int target) => Evex(None, Map0F, 0x59, target, a, b);

    /// <summary>sum += a · one float for all lanes, rounded once.</summary>
    public void MultiplyAdd(int a, Address b, int sum) => Evex(Prefix66, Map0F38, 0xB8, sum, a, b, broadcast: true);

    /// <summary>sum += a · b, rounded once.</summary>
    public void MultiplyAdd(int a, int b, int sum) => Evex(Prefix66, Map0F38, 0xB8, sum, a, b);

    /// <summary>sum −= a · one float for all lanes, rounded once.</summary>
    public void MultiplySubtract(int a, Address b, int sum) => Evex(Prefix66, Map0F38, 0xBC, sum, a, b, broadcast: true);

    public void ZeroUpper() => code.AddRange([0xC5, 0xF8, 0x77]);

    // General instructions.

    public void Move(Address source, Register target) => General(0x8B, target, source);

    public void Move(Register source, Register target) => General(0x8B, (int)target, (int)source);

    public void Move(int value, Register target)
    {
        Rex(0, 0, (int)target, wide: false);
        code.Add((byte)(0xB8 | ((int)target & 7)));
        Int32(value);
    }

    public void Add(Address source, Register target) => General(0x03, target, source);

    public void Add(int value, Register target)
    {
        General(0x81, 0, (int)target);
        Int32(value);
    }

    public void Add(int value, Address target)
    {
        General(0x81, 0, target);
        Int32(value);
    }

    /// <summary>target = base + displacement.</summary>
    public void AddressOf(Address source, Register target) => General(0x8D, target, source);

    public void Compare(Register a, Register b) => General(0x3B, (int)a, (int)b);

    public void Push(Register register) => PushPop(0x50, register);

    public void Pop(Register register) => PushPop(0x58, register);

    public void Return() => code.Add(0xC3);

    /// <summary>Asks for a line for the second-level cache (prefetcht1).</summary>
    public void Prefetch(Address address)
    {
        Rex(2, 0, (int)address.Base, wide: false);
        code.AddRange([0x0F, 0x18]);
        Operand(2, address);
    }

    public void Jump(int target)
    {
        code.Add(0xE9);
        Int32(target - Here - 4);
    }

    public void JumpIfNotZero(int target)
    {
        code.AddRange([0x0F, 0x85]);
        Int32(target - Here - 4);
    }

    public void JumpIfZero(Label label)
    {
        code.AddRange([0x0F, 0x84]);
        label.Uses.Add(Here);
        Int32(0);
    }

    /// <summary>A place that is jumped to before it is known.</summary>
    public sealed class Label
    {
        public List<int> Uses { get; } = [];
    }

    public void Place(Label label)
    {
        foreach (int use in label.Uses)
        {
            BinaryPrimitives.WriteInt32LittleEndian(CollectionsMarshal.AsSpan(code)[use..], Here - use - 4);
        }
    }

    void PushPop(byte operation, Register register)
    {
        Rex(0, 0, (int)register, wide: false);
        code.Add((byte)(operation | ((int)register & 7)));
    }

    void General(byte operation, Register register, Address address) => General(operation, (int)register, address);

    void General(byte operation, int register, Address address)
    {
        Rex(register, 0, (int)address.Base, wide: true);
        code.Add(operation);
        Operand(register, address);
    }

    void General(byte operation, int register, int other)
    {
        Rex(register, 0, other, wide: true);
        code.Add(operation);
        code.Add((byte)(0xC0 | (register & 7) << 3 | (other & 7)));
    }

    void Rex(int register, int index, int other, bool wide)
    {
        int rex = 0x40 | (wide ? 8 : 0) | (register >> 3 & 1) << 2 | (index >> 3 & 1) << 1 | (other >> 3 & 1);
        if (rex != 0x40)
        {
            code.Add((byte)rex);
        }
    }

    void Evex(int prefix, int map, byte operation, int register, int second, Address address, bool broadcast)
    {
        EvexPrefix(prefix, map, register, second, 0, (int)address.Base >> 3, broadcast);
        code.Add(operation);
        Operand(register, address);
    }

    void Evex(int prefix, int map, byte operation, int register, int second, int other)
    {
        EvexPrefix(prefix, map, register, second, other >> 4, other >> 3 & 1, broadcast: false);
        code.Add(operation);
        code.Add((byte)(0xC0 | (register & 7) << 3 | (other & 7)));
    }

    /// <summary>The four bytes before the operation; register numbers are stored inverted.</summary>
    void EvexPrefix(int prefix, int map, int register, int second, int x, int b, bool broadcast)
    {
        int r = register >> 3 & 1, r2 = register >> 4;
        code.Add(0x62);
        code.Add((byte)((r ^ 1) << 7 | (x ^ 1) << 6 | (b ^ 1) << 5 | (r2 ^ 1) << 4 | map));
        code.Add((byte)((~second & 15) << 3 | 4 | prefix));
        code.Add((byte)(2 << 5 | (broadcast ? 0x10 : 0) | (second >> 4 ^ 1) << 3));
    }

    /// <summary>ModRM with a 32-bit displacement, which every base can have and which EVEX does not scale.</summary>
    void Operand(int register, Address address)
    {
        code.Add((byte)(0x80 | (register & 7) << 3 | ((int)address.Base & 7)));
        if (((int)address.Base & 7) == (int)Register.Rsp)
        {
            code.Add(0x24);
        }
        Int32(address.Displacement);
    }

    void Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        code.AddRange(bytes);
    }
}
