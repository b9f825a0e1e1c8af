namespace Shoestring.LlamaCpp;

/// <summary>llama.cpp's file types, by its own numbers.</summary>
public enum LlamaFileType
{
    F32 = 0,
    F16 = 1,
    Q4_0 = 2,
    Q4_1 = 3,
    Q8_0 = 7,
    Q5_0 = 8,
    Q5_1 = 9,
    Q2_K = 10,
    Q3_K_S = 11,
    Q3_K_M = 12,
    Q3_K_L = 13,
    Q4_K_S = 14,
    Q4_K_M = 15,
    Q5_K_S = 16,
    Q5_K_M = 17,
    Q6_K = 18,
    IQ2_XXS = 19,
    IQ4_NL = 25,
    BF16 = 32,
}

/// <summary>llama.cpp's own quantizer.</summary>
public static class LlamaQuantizer
{
    /// <summary>Writes <paramref name="output"/> from <paramref name="input"/>, whatever the formats of its tensors are.</summary>
    /// <param name="input">A GGUF file.</param>
    /// <param name="output">The file to write.</param>
    /// <param name="type">The type; llama.cpp keeps some tensors at others unless <paramref name="pure"/>.</param>
    /// <param name="pure">Whether every matrix takes the type.</param>
    /// <param name="threads">Threads to use.</param>
    /// <exception cref="LlamaException">llama.cpp refuses.</exception>
    public static void Quantize(string input, string output, LlamaFileType type, bool pure = false, int threads = 2)
    {
        LlamaRuntime.Start();
        var parameters = Native.llama_model_quantize_default_params();
        (parameters.Threads, parameters.FileType) = (threads, (int)type);
        parameters.Pure = (byte)(pure ? 1 : 0);
        parameters.AllowRequantize = 1;
        if (Native.llama_model_quantize(input, output, parameters) != 0)
            throw LlamaRuntime.Failure($"cannot quantize {input} to {type}");
    }
}
