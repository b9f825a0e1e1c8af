using Shoestring.Metering;
using Shoestring.Training;

namespace Shoestring.Techniques;

/// <summary>What is learned stands before every text, and the model stays as it is.</summary>
public static class PromptTechniques
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Technique> All { get; } =
    [
        Of("prompt-tuning", isPrefix: false, "learns inputs that stand before every text",
            new("The Power of Scale for Parameter-Efficient Prompt Tuning", "2104.08691", 2021), "the paper's figure 4: below 0.01 % of the weights of large models"),
        Of("prefix-tuning", isPrefix: true, "learns keys and values of each block that stand before every text",
            new("Prefix-Tuning: Optimizing Continuous Prompts for Generation", "2101.00190", 2021), "the paper's abstract: 0.1 % of the weights learn"),
    ];

    static Technique Of(string id, bool isPrefix, string summary, Paper paper, string memory) => new(id, SurveyTree.Prompts, summary)
    {
        Papers = [paper],
        Claims =
        [
            new(Resource.Computation, Effect.Costs, false, "every text is longer by the rows"),
            new(Resource.Memory, Effect.Saves, true, memory),
            new(Resource.Energy, Effect.Neutral, false, "the paper claims nothing"),
            new(Resource.Money, Effect.Neutral, false, "the paper claims nothing"),
            new(Resource.Communication, Effect.Saves, false, "the rows alone are sent"),
        ],
        Options = [TechniqueOption.Of("rows", new VirtualOptions().Rows, "rows before every text (2104.08691, section 3.2; 2101.00190, section 7.2)")],
        Train = (methods, call) => methods with { Virtual = new VirtualOptions { IsPrefix = isPrefix, Rows = call.Integer("rows", 1, 1 << 16), Seed = methods.Seed } },
    };
}
