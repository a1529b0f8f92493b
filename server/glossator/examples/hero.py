# pip install -q transformers
# pip install -q -e "git+https://github.com/bigcode-project/astraios#subdirectory=peft"
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

peft_checkpoint = "bigcode/astraios-7b-parallel"
checkpoint = "bigcode/starcoderbase-7b"
device = "cpu"


def running_mean(values, width):
    """The mean of each window of `width` neighbouring values."""
    means = []
    for start in range(len(values) - width + 1):
        window = values[start : start + width]
        
    return means


tokenizer = AutoTokenizer.from_pretrained(checkpoint)
model = AutoModelForCausalLM.from_pretrained(checkpoint)
model = PeftModel.from_pretrained(model, peft_checkpoint)
model = AutoModelForCausalLM.from_pretrained(checkpoint).to(device)

inputs = tokenizer.encode("Question: Write a Python function that sorts a list with bubble sort.

Answer:", return_tensors="pt").to(device)
outputs = model.generate(inputs)
print(tokenizer.decode(outputs[0]))
