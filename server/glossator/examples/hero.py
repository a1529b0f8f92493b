# pip install -q transformers
# pip install -q -e "git+https://github.com/bigcode-project/astraios#subdirectory=peft"
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

peft_checkpoint = "bigcode/astraios-7b-parallel"
checkpoint = "bigcode/starcoderbase-7b"
device = "cpu"


def bubble_sort(items):
    """Sort a list in place: neighbours in the wrong order change places until none is left."""
    for last in range(len(items) - 1, 0, -1):
        for index in range(last):
            if items[index] > items[index + 1]:
                
    return items


tokenizer = AutoTokenizer.from_pretrained(checkpoint)
model = AutoModelForCausalLM.from_pretrained(checkpoint)
model = PeftModel.from_pretrained(model, peft_checkpoint)
model = AutoModelForCausalLM.from_pretrained(checkpoint).to(device)

inputs = tokenizer.encode("Question: Write a Python function that sorts a list with bubble sort.

Answer:", return_tensors="pt").to(device)
outputs = model.generate(inputs)
print(tokenizer.decode(outputs[0]))
