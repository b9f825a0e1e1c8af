using static Shoestring.Tensors.Register;

namespace Shoestring.Tensors.Tests;

/// <summary>Instructions against what GNU as 2.40 makes of the same text.</summary>
public sealed class AssemblerTests
{
    static readonly (string Text, Action<Assembler> Emit, string Bytes)[] Instructions =
    [
        ("vmovups %zmm11, 704(%r9)", code => code.Store(11, new Address(R9, 704)), "62517C481199C0020000"),
        ("vcvtph2ps 32(%rdx), %zmm26", code => code.LoadHalves(new Address(Rdx, 32), 26), "62627D48139220000000"),
        ("vpxord %zmm17, %zmm17, %zmm17", code => code.Zero(17), "62A17540EFC9"),
        ("vpandd %zmm25, %zmm29, %zmm24", code => code.And(29, 25, 24), "62011540DBC1"),
        ("vpxord 448(%rsi), %zmm31, %zmm24", code => code.Xor(31, new Address(Rsi, 448), 24), "62610540EF86C0010000"),
        ("vpandd 448(%rsi), %zmm29, %zmm24", code => code.And(29, new Address(Rsi, 448), 24), "62611540DB86C0010000"),
        ("vpsrad $4, %zmm19, %zmm19", code => code.ShiftRight32(19, 4, 19), "62B1654072E304"),
        ("vpaddd %zmm5, %zmm19, %zmm5", code => code.AddIntegers(19, 5, 5), "62F16540FEED"),
        ("vpsrlw $4, %zmm25, %zmm25", code => code.ShiftRight16(25, 4, 25), "6291354071D104"),
        ("vpsllw $2, %zmm25, %zmm25", code => code.ShiftRight16(25, -2, 25), "6291354071F102"),
        ("vpternlogd $0xE4, %zmm29, %zmm25, %zmm24", code => code.Select(29, 25, 24), "6203354025C5E4"),
        ("vpbroadcastd %eax, %zmm30", code => code.Spread(Rax, 30), "62627D487CF0"),
        ("vpdpbusd 5660(%rax){1to16}, %zmm24, %zmm23", code => code.DotBytes(24, new Address(Rax, 5660), 23), "62E23D5050B81C160000"),
        ("vcvtdq2ps %zmm23, %zmm23", code => code.ToFloat(23, 23), "62A17C485BFF"),
        ("vmulps 768(%r11){1to16}, %zmm26, %zmm27", code => code.Multiply(26, new Address(R11, 768), 27), "62412C50599B00030000"),
        ("vmulps %zmm26, %zmm30, %zmm26", code => code.Multiply(30, 26, 26), "62010C4059D2"),
        ("vfmadd231ps %zmm27, %zmm12, %zmm0", code => code.MultiplyAdd(12, 27, 0), "62921D48B8C3"),
        ("vfmadd231ps 4(%rax){1to16}, %zmm25, %zmm1", code => code.MultiplyAdd(25, new Address(Rax, 4), 1), "62F23550B88804000000"),
        ("vfnmadd231ps 320(%r12){1to16}, %zmm30, %zmm12", code => code.MultiplySubtract(30, new Address(R12, 320), 12), "62520D50BCA42440010000"),
        ("vpmovzxbd 16(%rdx), %zmm26", code => code.LoadBytes(new Address(Rdx, 16), 26), "62627D48319210000000"),
        ("vpmovsxbd 16(%rdx), %zmm26", code => code.LoadSignedBytes(new Address(Rdx, 16), 26), "62627D48219210000000"),
        ("vzeroupper", code => code.ZeroUpper(), "C5F877"),
        ("mov 24(%rdi), %r8", code => code.Move(new Address(Rdi, 24), R8), "4C8B8718000000"),
        ("mov %r8, %r11", code => code.Move(R8, R11), "4D8BD8"),
        ("mov $0xF0F0F0F, %eax", code => code.Move(0x0F0F0F0F, Rax), "B80F0F0F0F"),
        ("add 48(%rdi), %r8", code => code.Add(new Address(Rdi, 48), R8), "4C038730000000"),
        ("lea 256(%r8), %rbx", code => code.AddressOf(new Address(R8, 256), Rbx), "498D9800010000"),
        ("cmp %rbx, %rax", code => code.Compare(Rax, Rbx), "483BC3"),
        ("push %r13", code => code.Push(R13), "4155"),
        ("pop %rbx", code => code.Pop(Rbx), "5B"),
        ("prefetcht1 64(%r13)", code => code.Prefetch(new Address(R13, 64)), "410F189540000000"),
        ("ret", code => code.Return(), "C3"),
    ];

    [Fact]
    public void Instructions_are_encoded_as_by_an_assembler()
    {
        foreach ((string text, Action<Assembler> emit, string bytes) in Instructions)
        {
            Assembler code = new();
            emit(code);
            Convert.ToHexString(code.Code).ShouldBe(bytes, text);
        }
    }

    [Fact]
    public void Jumps_lead_from_behind_themselves()
    {
        Assembler code = new();
        Assembler.Label end = new();
        int start = code.Here;
        code.JumpIfZero(end);
        code.Jump(start);
        code.JumpIfNotZero(start);
        code.Place(end);
        // je +11 (over both), jmp −11, jne −17.
        Convert.ToHexString(code.Code).ShouldBe("0F840B000000" + "E9F5FFFFFF" + "0F85EFFFFFFF");
    }
}
